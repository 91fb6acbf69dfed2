"""Sixteen shop products as signed distance functions, compiled with Numba.

`shape(kind, p, x, y, z)` gives the distance to the surface (negative inside) and the number of the part that is
nearest. Coordinates: x to the right, y up with the ground at 0, z towards the viewer; a product is about one unit
high. Every function keeps its gradient at or below one (a bound, not always the exact distance), so a ray can
never step over a surface; where a shape is squeezed or folded the result is scaled down for that reason.

Primitives follow I. Quilez, "Distance functions" (iquilezles.org), rewritten for scalars.
"""

from math import atan2, cos, exp, floor, hypot, pi, sin, sqrt

from numba import njit

# Rows of numbers read better than one number a line:
# fmt: off

compiled = njit(nogil=True, error_model="numpy")


@compiled
def join(a, b, k):
    """Union of two distances with a fillet of radius about k (polynomial smooth minimum)."""
    h = max(k - abs(a - b), 0.0) / k
    return min(a, b) - h * h * k * 0.25


@compiled
def meet(a, b, k):
    """Intersection with a rounded edge."""
    return -join(-a, -b, k)


@compiled
def box(x, y, z, a, b, c, r):
    """Box of half sizes a, b, c with edges rounded by r."""
    x, y, z = abs(x) - a + r, abs(y) - b + r, abs(z) - c + r
    u, v, w = max(x, 0.0), max(y, 0.0), max(z, 0.0)
    return sqrt(u * u + v * v + w * w) + min(max(x, max(y, z)), 0.0) - r


@compiled
def plate(x, y, a, b, r):
    """Rectangle of half sizes a, b in the plane, corners rounded by r."""
    x, y = abs(x) - a + r, abs(y) - b + r
    return hypot(max(x, 0.0), max(y, 0.0)) + min(max(x, y), 0.0) - r


@compiled
def cone(rho, y, h, low, high, k):
    """Upright frustum of half height h and radii low (bottom) and high (top), edges rounded by about k."""
    slope = (high - low) / (2.0 * h)
    side = (rho - (low + high) * 0.5 - slope * y) / sqrt(1.0 + slope * slope)
    return meet(side, abs(y) - h, k)


@compiled
def rod(x, y, z, ax, ay, az, bx, by, bz, ra, rb):
    """Round bar from a to b whose radius runs from ra to rb."""
    x, y, z = x - ax, y - ay, z - az
    bx, by, bz = bx - ax, by - ay, bz - az
    length = bx * bx + by * by + bz * bz
    h = min(max((x * bx + y * by + z * bz) / length, 0.0), 1.0)
    x, y, z = x - bx * h, y - by * h, z - bz * h
    return (sqrt(x * x + y * y + z * z) - ra - (rb - ra) * h) / sqrt(1.0 + (rb - ra) * (rb - ra) / length)


@compiled
def arch(u, v, w, leg, span, r):
    """Handle in the (u, v) plane: a half ring of radius span on legs of length leg, thickness r, open below."""
    ring = hypot(hypot(u, max(v - leg, 0.0)) - span, w) - r
    return max(ring, -v)


@compiled
def loop(u, v, w, reach, radius, r, flat):
    """Closed ring stretched by 2 * reach along v; flat > 0 widens its bar along w."""
    return hypot(hypot(u, max(abs(v) - reach, 0.0)) - radius, max(abs(w) - flat, 0.0)) - r


@compiled
def _tshirt(p, x, y, z):
    half, tall, sleeve, round_sleeve, neck, depth, drop = p[0], p[1], p[2], p[3], p[4], p[5], p[6]
    ax, y = abs(x), y - 0.05 - p[1]
    waist = half * (1.0 + 0.06 * p[9] * min(max(-y / tall, -1.0), 1.0))
    torso = box(ax, y, z, waist, tall, 0.15, 0.135)
    torso = meet(torso, (ax - neck) * 0.30 + (y - tall) * 0.954, 0.08)
    dx, dy = cos(drop), -sin(drop)
    sx, sy = ax - half + 0.10, y - tall + 0.22
    along, across = sx * dx + sy * dy, sx * -dy + sy * dx
    tube = hypot(across, z) - round_sleeve * (1.0 + 0.10 * along)
    arm = meet(max(tube, -along - 0.1), along - sleeve, 0.02)
    hollow = max(tube + 0.028, sleeve - 0.10 - along)
    body = join(torso, arm, 0.10)
    body = body + 0.010 * sin(7.0 * y + 4.0 * x + p[8]) * sin(5.0 * x + 3.0 * z + 2.0 * p[8]) * min(1.0, 2.0 * ax + 0.4)
    hole = rod(x, y, z, 0.0, tall + 0.12, -0.02, 0.0, tall - depth, 0.20, neck, neck * 0.8)
    rib = max(max(body - 0.014, hole - 0.035), -hole)
    shell = max(max(body, -hole), -hollow)
    part = 0
    if -hole > body - 0.004 or -hollow > body - 0.004:
        part = 3
    elif (along > sleeve - 0.055 and tube < 0.03) or (rib < shell and y > tall - depth - 0.25):
        part = 1
    elif p[7] > 0.5 and z > 0.0 and abs(x - 0.17) < 0.075 and abs(y - 0.28 * tall) < 0.085:
        part = 2
    return min(shell, rib) * 0.90, part


@compiled
def _dress(p, x, y, z):
    tall, bust, waist, hem, cut = p[0], p[1], p[2], p[3], p[4]
    y, flat = y - 0.05, z * 1.25
    rho = hypot(x, flat)
    middle, top = tall * cut, tall * 0.84
    fall = min(max((middle - y) / middle, 0.0), 1.0)
    folds = floor(p[5])
    fold = p[6] / folds * fall * min(1.0, rho * 5.0) * cos(folds * atan2(x, flat))
    skirt = cone(rho - fold, y - middle * 0.5, middle * 0.5, hem, waist, 0.02)
    half = (top - middle) * 0.5
    bodice = cone(rho, y - middle - half, half, waist, bust, 0.03)
    body = join(skirt, bodice, 0.06)
    scoop = hypot(x / 1.1, y - top - 0.04) - 0.10 - p[9] * 0.06
    inside = max(cone(rho, y - top, 0.10, bust - 0.06, bust - 0.02, 0.02), top - 0.09 - y)
    body = meet(body, -scoop, 0.02)
    shell = max(body, -inside)
    strap = rod(abs(x), y, abs(z), p[7], top - 0.05, bust / 1.25 - 0.02, p[7] * 0.85, tall, 0.012, p[8], p[8])
    part = 0
    if -inside > body - 0.004:
        part = 3
    elif abs(y - middle) < 0.035 or (p[10] > 0.6 and y < 0.07):
        part = 1
    return min(shell, strap) * 0.72, part


@compiled
def _trousers(p, x, y, z):
    tall, half, hem, thigh, spread, band = p[0], p[1], p[2], p[3], p[4], p[6]
    ax, y = abs(x), y - 0.05
    end = tall * (1.0 - min(p[5], 1.0))
    hips = box(ax, y - tall + 0.13, z, half, 0.16, 0.115, 0.10)
    knee = tall * 0.52
    upper = rod(ax, y, z, half * 0.52, tall - 0.22, 0.0, half * 0.52 + spread * 0.5, knee, 0.01, thigh,
        (thigh + hem) * 0.48)
    lower = rod(ax, y, z, half * 0.52 + spread * 0.5, knee, 0.01, half * 0.52 + spread, 0.0, 0.0,
        (thigh + hem) * 0.48, hem)
    leg = meet(join(upper, lower, 0.05), end - y, 0.02)
    body = meet(join(hips, leg, 0.07), y - tall, 0.02)
    body = body + 0.007 * sin(16.0 * y + 6.0 * ax + p[8]) * sin(7.0 * z + 3.0 * x)
    inside = box(x, y - tall - 0.05, z, half - 0.025, 0.15, 0.09, 0.08)
    shell = max(body, -inside)
    button = sqrt(x * x + (y - tall + band * 0.5) ** 2 + (z - 0.118) ** 2) - 0.022
    part = 0
    if -inside > body - 0.004:
        part = 3
    elif y > tall - band:
        part = 1
    elif p[7] > 0.6 and abs(z - 0.0) < 0.03 and ax > half * 0.52 + 0.05:
        part = 1  # side stripe
    elif p[7] < 0.35 and y < end + 0.06:
        part = 1  # turned-up hem
    if button < shell:
        shell, part = button, 4
    return shell * 0.92, part


@compiled
def _sneaker(p, x, y, z):
    long, wide, thick, ankle, toe = p[0], p[1], p[2], p[3], p[4]
    lift = max(x - long * 0.3, 0.0)
    y = y - p[7] * lift * lift
    floor_height = 2.0 * thick
    grow = min(max((x + long) / (2.0 * long), 0.0), 1.0)
    outline = (hypot(max(abs(x) - long + wide, 0.0), z) - wide * (0.86 + 0.14 * grow)) * 0.97
    sole = meet(outline, abs(y - thick) - thick, 0.035)
    foot = rod(x, y, z, -long + 0.17, floor_height + 0.07, 0.0, long - 0.06 - toe, floor_height + 0.045, 0.0,
        wide * 0.90, toe)
    ix, iy, jx, jy = -long * 0.38, ankle - 0.09, long * 0.42, floor_height + 0.045
    instep = rod(x, y, z, ix, iy, 0.0, jx, jy, 0.0, 0.115, 0.12)
    heel = rod(x, y, z, -long + 0.165, floor_height + 0.05, 0.0, -long + 0.175, ankle - 0.02, 0.0, 0.14, 0.125)
    body = join(join(instep, heel, 0.13), foot, 0.10)
    body = max(body, floor_height - 0.02 - y)
    body = meet(body, (y - ankle) * 0.97 + (x + long * 0.5) * 0.22, 0.03)
    hole = rod(x, y, z, -long * 0.60, ankle + 0.2, 0.0, -long * 0.56, ankle - 0.14, 0.0, 0.105, 0.09)
    shell = meet(body, -hole, 0.02)
    # laces: bars across the instep, one distance for all of them by folding the axis
    ux, uy = jx - ix, jy - iy
    size = sqrt(ux * ux + uy * uy)
    ux, uy = ux / size, uy / size
    along, height = (x - ix) * ux + (y - iy) * uy, (x - ix) * -uy + (y - iy) * ux
    count = floor(p[6])
    first, gap = 0.09, (size - 0.16) / count
    nearest = first + gap * min(max(floor((along - first) / gap + 0.5), 0.0), count - 1.0)
    bow = height - 0.122 + 4.0 * min(z * z, 0.0056)
    lace = hypot(hypot(along - nearest, bow) * 0.75, max(abs(z) - 0.075, 0.0)) - 0.017
    tongue = box(along + 0.01, height - 0.095, z, 0.10, 0.022, 0.065, 0.02)
    part, d = 0, min(shell, sole)
    if -hole > body - 0.004:
        part = 4
    elif p[5] < 0.35:
        if abs(z) > 0.06 and abs(y - floor_height - 0.12 - 0.55 * (x + long * 0.15)) < 0.032 and abs(x) < long * 0.6:
            part = 3
    elif p[5] < 0.70:
        s = (x + 0.7 * y) / 0.09
        if abs(z) > 0.075 and abs(x + 0.7 * y - 0.16) < 0.135 and s - floor(s) < 0.5 and y > floor_height:
            part = 3
    elif x > long - 0.20 or x < -long + 0.09:
        part = 3
    if sole < shell:
        part = 1
        if abs(y - thick * 1.15) < 0.012:
            part = 3
    if tongue < d and along < 0.12:
        d, part = tongue, 2
    if lace < d:
        d, part = lace, 2
    return d * 0.80, part


@compiled
def _boot(p, x, y, z):
    long, wide, tall, shaft, raise_, toe = p[0], p[1], p[2], p[3], p[4], p[5]
    xs = -long + shaft + 0.03
    back = min(max((0.12 - x) / 0.36, 0.0), 1.0)
    bed = 0.04 + raise_ * back * back * (3.0 - 2.0 * back)
    reach = min(max((x + long) / (2.0 * long), 0.0), 1.0)
    narrow = wide * 0.85 + (toe + 0.045 - wide * 0.85) * reach
    outline = (hypot(max(abs(x) - long + narrow, 0.0), z) - narrow) * 0.93
    sole = meet(outline, abs(y - bed + 0.02) - 0.028, 0.02)
    heel = box(x - xs + 0.02, y - raise_ * 0.5, z, 0.115, raise_ * 0.5 + 0.02, wide * 0.72, 0.02)
    foot = rod(x, y, z, xs, raise_ + 0.16, 0.0, long - toe - 0.03, 0.045 + toe * 0.85, 0.0, wide * 0.95, toe)
    instep = rod(x, y, z, xs + 0.05, raise_ + 0.30, 0.0, long * 0.35, 0.16 + raise_ * 0.25, 0.0, 0.13, 0.105)
    rho = hypot(x - xs, z)
    column = cone(rho, y - (tall + raise_ + 0.12) * 0.5, (tall - raise_ - 0.12) * 0.5, shaft * 0.86, shaft + p[7], 0.02)
    body = join(join(foot, instep, 0.10), column, 0.12)
    body = max(body, (bed - y) * 0.45)
    inside = cone(rho, y - tall, 0.16, shaft + p[7] - 0.055, shaft + p[7] - 0.025, 0.02)
    shell = max(body, -inside)
    part, d = 0, shell
    if -inside > body - 0.004:
        part = 4
    elif p[6] < 0.34:
        if (abs(x - xs - 0.01) < 0.055 + 0.16 * max(y - raise_ - 0.22,
            0.0) and raise_ + 0.2 < y < tall - 0.08 and abs(z) > 0.05):
            part = 2  # elastic panel
    elif p[6] < 0.67:
        if abs(y - raise_ - 0.30 + 0.25 * (x - xs)) < 0.03 or y > tall - 0.05:
            part = 2  # ankle strap and trim
    elif y > tall - 0.14:
        part = 2  # broad cuff
    if sole < d:
        d, part = sole, 1
    if heel < d:
        d, part = heel, 1
    if 0.34 <= p[6] < 0.67:
        buckle = box(x - xs, y - raise_ - 0.30, abs(z) - shaft * 0.92, 0.035, 0.04, 0.02, 0.012)
        if buckle < d:
            d, part = buckle, 3
    return d * 0.86, part


@compiled
def _handbag(p, x, y, z):
    wide, tall, deep, taper, rise, bar, flap, edge, span = p[0], p[1], p[2], p[3], p[4], p[5], p[6], p[7], p[8]
    ax, top = abs(x), 2.0 * p[1]
    y = y - tall
    body = box(x, y, z, wide, tall, deep, edge)
    side = (ax - wide + taper * 0.5 * (y + tall)) / sqrt(1.0 + 0.25 * taper * taper)
    front = (abs(z) - deep + 0.16 * (y + tall) * deep / 0.2) / sqrt(1.0 + 0.64 * deep * deep)
    body = meet(meet(body, side, edge), front, edge)
    line = tall - top * flap
    lid = meet(max(body - 0.020, -z - deep * 0.3), (line + 0.35 * x * x - y) * 0.93, 0.02)
    handle = arch(x, y - tall + 0.05, abs(z) - p[9] * deep * 0.42, rise - span + 0.05, span, bar)
    lean = deep - 0.8 * deep * top * (1.0 - flap) if line > -tall else deep
    clasp = box(x, y - line - 0.03, z - lean - 0.012, 0.05, 0.035, 0.028, 0.012)
    ring = loop(ax - span, y - tall - 0.015, abs(z) - p[9] * deep * 0.42, 0.01, 0.035, 0.011, 0.0)
    d, part = body, 0
    if p[10] > 0.35:
        if lid < d:
            d, part = lid, 1
        if clasp < d:
            d, part = clasp, 2
    elif y < -tall + top * 0.22 or y > tall - 0.07:
        part = 1
    if handle < d:
        d, part = handle, 3
    if ring < d:
        d, part = ring, 2
    return d, part


@compiled
def _backpack(p, x, y, z):
    wide, tall, deep, pocket, bulge = p[0], p[1], p[2], p[3], p[4]
    ax, y = abs(x), y - p[1]
    corner = wide * p[5] if y > 0.0 else 0.10
    outline = plate(x, y, wide, tall, corner)
    body = meet(outline, abs(z) - deep, 0.12)
    low = pocket * tall
    outer = meet(plate(x, y + tall - low - 0.06, wide * 0.76, low, 0.07), abs(z - deep) - bulge, 0.05)
    side = box(ax - wide, y + tall * 0.52, z, 0.045, tall * 0.36, deep * 0.62, 0.03)
    strap = max(hypot(max(abs(y + 0.02) - tall * 0.38, 0.0), z + deep) - 0.19,
        0.165 - hypot(max(abs(y + 0.02) - tall * 0.38, 0.0), z + deep))
    strap = meet(strap, abs(ax - wide * 0.5) - 0.042, 0.02)
    handle = arch(x, y - tall + 0.03, z + deep * 0.35, 0.02, 0.075, 0.020)
    d, part = body, 0
    if abs(outline + 0.075) < 0.011 and z > deep * 0.6 and y > -tall * 0.1:
        part = 2
    if y < -tall + 0.07:
        part = 3
    if outer < d:
        d, part = outer, 1
        if abs(y + tall - low * 1.72 - 0.06) < 0.010 and ax < wide * 0.6:
            part = 2
    if side < d:
        d, part = side, 1
    if strap < d:
        d, part = strap, 3
    if handle < d:
        d, part = handle, 3
    if p[7] > 0.5:  # a leather patch
        patch = box(x, y - tall * 0.42, z - deep, 0.075, 0.05, 0.012, 0.01)
        if patch < d:
            d, part = patch, 3
    return d, part


@compiled
def _mug(p, x, y, z):
    tall, radius, taper, size, bar, edge, wall = p[0], p[1], p[2], p[3], p[4], p[5], p[6]
    y, rho = y - p[0], hypot(x, z)
    outer = cone(rho, y, tall, radius - taper, radius + taper, edge)
    waist = p[8] * exp(-30.0 * (y * y)) * 0.35
    outer = outer + waist
    inner = cone(rho, y - 0.09, tall, radius - taper - wall, radius + taper - wall, 0.06) + waist
    handle = loop(x - radius, y + 0.01, z, max(tall * 0.60 - size * 0.62, 0.0), size, bar, bar * 0.4)
    handle = max(handle, -(rho - radius + abs(taper) + wall + p[8] * 0.35))
    body = join(outer, handle, 0.045)
    d = meet(body, -inner, 0.022)
    part = 0
    if -inner > body - 0.006:
        part = 2
    elif handle < outer:
        part = 1
    elif p[7] > 0.6 and y < -tall * 0.55:
        part = 3
    elif y > tall - 0.035:
        part = 2
    return d * 0.96, part


@compiled
def _bottle(p, x, y, z):
    tall, radius, neck, rise, shoulder, cap, label = p[0], p[1], p[2], p[3], p[4], p[5], p[6]
    rho = hypot(x, z)
    section = plate(x, z, radius, radius, radius * 0.45) if p[7] > 0.65 else rho - radius
    body = meet(section, abs(y - tall) - tall, 0.06)
    base = 2.0 * tall
    slope = cone(rho, y - base - shoulder * 0.5 + 0.04, shoulder * 0.5 + 0.04, radius * 0.93, neck, 0.03)
    pipe = meet(rho - neck, abs(y - base - shoulder - rise * 0.5) - rise * 0.5 - 0.03, 0.01)
    body = join(join(body, slope, 0.09), pipe, 0.05)
    top = base + shoulder + rise
    lid = meet(rho - neck - 0.022, abs(y - top - cap * 0.5 + 0.01) - cap * 0.5, 0.02)
    if p[8] > 0.66:  # pump dispenser
        lid = min(lid, rod(x, y, z, 0.0, top, 0.0, 0.0, top + cap + 0.08, 0.0, 0.022, 0.022))
        lid = min(lid, rod(x, y, z, 0.0, top + cap + 0.09, 0.0, 0.19, top + cap + 0.07, 0.0, 0.035, 0.026))
    elif p[8] > 0.40:  # carrying ring
        lid = min(lid, loop(x, y - top - cap - 0.05, z, 0.0, 0.065, 0.019, 0.0))
    ring = meet(rho - neck - 0.028, abs(y - top + 0.012) - 0.014, 0.01)
    d, part = body, 0
    if abs(y - tall * 0.95) < label and rho > radius * 0.7:
        part = 2
        if abs(y - tall * 0.95) > label - 0.018:
            part = 3
    if ring < d:
        d, part = ring, 3
    if lid < d:
        d, part = lid, 1
    return d * 0.98, part


@compiled
def _vase(p, x, y, z):
    tall, belly, neck, lip, foot = p[0], p[1], p[3], p[4], p[5]
    rho, height = hypot(x, z), p[0] * p[2]
    waves = floor(p[6])
    ridge = 0.0
    if p[7] > 0.0:
        ridge = p[7] / waves * cos(waves * atan2(x, z) + 2.5 * p[9] * y) * min(1.0, rho * 3.0)
    r = rho - ridge
    middle = hypot(r, max(abs(y - height) - 0.10 * tall, 0.0)) - belly
    stem = cone(r, y - tall * 0.5, tall * 0.5, foot, neck, 0.02)
    mouth = cone(r, y - tall * 0.93, tall * 0.07, neck, lip, 0.015)
    base = cone(r, y - height * 0.5, height * 0.5, foot, belly * 0.8, 0.02)
    body = join(join(middle, stem, 0.16), base, 0.12)
    body = meet(join(body, mouth, 0.07), -y, 0.02)
    inside = join(cone(rho, y - tall * 0.85, tall * 0.16, neck * 0.72, neck - 0.025, 0.03), cone(rho, y - tall * 0.96,
        tall * 0.06, neck - 0.03, lip - 0.022, 0.02), 0.04)
    d = meet(body, -inside, 0.02)
    part = 0
    if -inside > body - 0.006:
        part = 2
    elif p[8] > 0.62 and d < 0.02:
        angle = atan2(x, z)
        if y > tall * 0.72 + 0.035 * sin(5.0 * angle) + 0.02 * sin(11.0 * angle + 1.0):
            part = 1  # running glaze
    elif p[8] > 0.34 and abs(y - height) < 0.06:
        part = 1  # band
    return d * 0.78, part


@compiled
def _teapot(p, x, y, z):
    radius, squash, spout, size, lid, knob, rise = p[0], p[1], p[2], p[3], p[4], p[5], p[6]
    tall = radius * squash
    rho, y = hypot(x, z), y - tall * 0.93
    ball = (hypot(rho, y / squash) - radius) * squash
    foot = cone(rho, y + tall * 0.87, 0.05, radius * 0.58, radius * 0.60, 0.02)
    body = join(meet(ball, y - tall * 0.90, 0.03), foot, 0.04)
    body = max(body, -y - tall * 0.93)
    ex, ey = radius + spout, tall * rise
    curve = rod(x, y, z, radius * 0.72, -tall * 0.30, 0.0, radius + spout * 0.40, tall * 0.05, 0.0, 0.095, 0.065)
    tip = rod(x, y, z, radius + spout * 0.40, tall * 0.05, 0.0, ex, ey, 0.0, 0.065, 0.042)
    nose = meet(join(curve, tip, 0.06), (y - ey) * 0.85 + (x - ex) * 0.53, 0.012)
    bore = hypot(hypot(x - ex, z), y - ey) - 0.032
    grip = max(loop(x + radius + 0.02, y - 0.03, z, tall * 0.62 - size * 0.5, size, 0.032, 0.012), -ball)
    body = join(join(body, nose, 0.07), grip, 0.05)
    body = max(body, -bore)
    dome = meet((hypot(rho, (y - tall * 0.80) / 0.55) - lid) * 0.55, tall * 0.85 - y, 0.02)
    rim = cone(rho, y - tall * 0.89, 0.022, lid + 0.03, lid + 0.03, 0.02)
    top = hypot(rho, y - tall * 0.84 - lid * 0.55 - knob * 0.8) - knob
    hat = join(join(dome, rim, 0.02), top, 0.03)
    d, part = body, 0
    if -bore > body - 0.004:
        part = 2
    elif p[7] > 0.55 and grip < ball and grip < nose:
        part = 1
    elif y < -tall * 0.80:
        part = 3
    if hat < d:
        d, part = hat, 1
    return d, part


@compiled
def _chair(p, x, y, z):
    half, seat, back, thick, leg, splay, style, tilt, deep = p[0], p[1], p[2], p[3], p[4], p[5], p[6], p[7], p[8]
    ax, az = abs(x), abs(z)
    cushion = box(x, y - seat, z, half, thick, deep, min(thick, 0.035))
    legs = rod(ax, y, az, half - leg - 0.015, seat, deep - leg - 0.015, half + splay - leg, 0.0, deep + splay - leg,
        leg, leg * 0.7)
    legs = max(legs, -y)
    # the back leans: rotate (y, z) around the rear edge of the seat
    c, s = cos(tilt), sin(tilt)
    v, w = (y - seat) * c - (z + deep - 0.03) * s, (z + deep - 0.03) * c + (y - seat) * s
    d, part = cushion, 0
    if style < 1.0:  # upholstered panel
        panel = box(x, v - back * 0.60, w, half * 0.96, back * 0.40, 0.035, 0.034)
        posts = box(ax - half * 0.72, v - back * 0.3, w, 0.022, back * 0.35, 0.018, 0.01)
    elif style < 2.0:  # upright spindles under a rail
        panel = meet(box(x, v - back * 0.93, w, half * 0.98, 0.062, 0.026, 0.022), v - back, 0.02)
        gap = half * 0.42
        k = min(max(floor(ax / gap + 0.5), 0.0), 2.0)
        posts = box(ax - k * gap, v - back * 0.46, w, 0.017, back * 0.46, 0.017, 0.012)
    elif style < 3.0:  # one curved shell
        bend = w - 0.35 * x * x
        panel = meet(plate(x, v - back * 0.5, half * 0.97, back * 0.52, half * 0.55), abs(bend) - 0.024, 0.02) * 0.93
        posts = panel
    else:  # ladder
        gap = back * 0.30
        k = min(max(floor((v - back * 0.30) / gap + 0.5), 0.0), 2.0)
        panel = box(x, v - back * 0.30 - k * gap, w, half * 0.9, 0.048, 0.018, 0.015)
        posts = box(ax - half * 0.90, v - back * 0.5, w, 0.026, back * 0.52, 0.026, 0.015)
    if panel < d:
        d = panel
    frame = min(legs, posts)
    if p[9] > 0.7:  # arms
        frame = min(frame, box(ax - half - 0.01, y - seat - 0.22, z + 0.02, 0.026, 0.020, deep * 0.92, 0.015))
        frame = min(frame, box(ax - half - 0.01, y - seat - 0.1, z - deep * 0.7, 0.020, 0.11, 0.020, 0.010))
    if frame < d and style >= 0.0 and frame < panel - 1e-9:
        d, part = frame, 1
    return d * 0.97, part


@compiled
def _table(p, x, y, z):
    half, deep, tall, thick, leg, style, splay = p[0], p[1], p[2], p[3], p[4], p[5], p[6]
    ax, az, rho = abs(x), abs(z), hypot(x, z)
    y_top = y - tall + thick
    drawer = knob = 9.0
    if style < 1.0:  # four legs, apron and drawer
        top = box(x, y_top, z, half, thick, deep, min(thick, 0.02))
        legs = rod(ax, y, az, half - leg - 0.03, tall - thick, deep - leg - 0.03, half - leg - 0.03 + splay, 0.0,
            deep - leg - 0.03 + splay, leg, leg * 0.65)
        legs = min(legs, box(x, y - tall + 2.0 * thick + 0.05, z, half - 0.05, 0.055, deep - 0.05, 0.01))
        if p[7] > 0.4:
            drawer = box(ax - (half * 0.42 if p[7] > 0.7 else 0.0), y - tall + 2.0 * thick + 0.05, z - deep + 0.05,
                half * (0.34 if p[7] > 0.7 else 0.6), 0.043, 0.02, 0.008)
            knob = (hypot(hypot(ax - (half * 0.42 if p[7] > 0.7 else 0.0), y - tall + 2.0 * thick + 0.05),
                z - deep + 0.015) - 0.022)
        if p[8] > 0.55:
            legs = min(legs, box(x, y - tall * 0.28, z, half - 0.06, 0.018, deep - 0.06, 0.01))
    elif style < 2.0:  # round top on a pedestal
        top = meet(rho - half * 0.88, abs(y_top) - thick, 0.02)
        legs = join(cone(rho, y - tall * 0.5, tall * 0.5 - thick, leg * 1.7, leg * 1.1, 0.01), cone(rho, y - 0.02,
            0.022, half * 0.52, half * 0.48, 0.015), 0.12)
    else:  # round top on three or four splayed legs
        top = meet(rho - half * 0.88, abs(y_top) - thick, 0.02)
        if p[8] > 0.55:  # tray rim
            top = min(top, hypot(rho - half * 0.88, y - tall) - 0.022)
        third = 2.0 * pi / (3.0 if p[7] > 0.5 else 4.0)
        turn = atan2(x, z)
        turn = turn - third * floor(turn / third + 0.5)
        legs = rod(rho * sin(turn), y, rho * cos(turn), 0.0, tall - thick, half * 0.42, 0.0, 0.0, half * 0.62 + splay,
            leg, leg * 0.65)
    legs = max(legs, -y)
    d, part = top, 0
    if legs < d:
        d, part = legs, 1
    if drawer < d:
        d, part = drawer, 2
    if knob < d:
        d, part = knob, 3
    return d * 0.97, part


@compiled
def _lamp(p, x, y, z):
    low, high, tall, stem, style, bulb, foot, bar = p[0], p[1], p[2], p[3], p[4], p[5], p[6], p[7]
    rho = hypot(x, z)
    centre = stem + tall
    slope = (high - low) / (2.0 * tall)
    side = (rho - (low + high) * 0.5 - slope * (y - centre)) / sqrt(1.0 + slope * slope)
    shade = meet(abs(side) - 0.014, abs(y - centre) - tall, 0.012)
    rod_ = meet(rho - bar, abs(y - (stem + tall) * 0.5) - (stem + tall) * 0.5, 0.005)
    light = hypot(rho, y - centre + 0.02) - 0.07
    base = 9.0
    if style < 1.0:
        rod_ = join(rod_, cone(rho, y - 0.022, 0.024, foot, foot * 0.9, 0.02), 0.05)
    elif style < 2.0:  # ceramic ball
        base = (hypot(rho, (y - bulb * 1.05) / 1.1) - bulb) * 0.98
        base = join(base, cone(rho, y - 0.02, 0.022, bulb * 0.75, bulb * 0.7, 0.01), 0.05)
        base = join(base, cone(rho, y - bulb * 2.2, bulb * 0.35, 0.06, 0.04, 0.02), 0.06)
    elif style < 3.0:  # turned column
        base = cone(rho, y - stem * 0.42, stem * 0.40, bulb * 0.75, 0.035, 0.03)
        base = join(base, cone(rho, y - 0.025, 0.026, foot, foot * 0.95, 0.02), 0.06)
    else:  # tripod
        third = 2.0 * pi / 3.0
        turn = atan2(x, z)
        turn = turn - third * floor(turn / third + 0.5)
        rod_ = meet(rod_, stem * 0.72 - y, 0.01)
        base = max(rod(rho * sin(turn), y, rho * cos(turn), 0.0, stem * 0.85, 0.015, 0.0, 0.0, foot * 1.15, 0.026,
            0.02), -y)
    d, part = shade, 0
    if abs(y - centre) > tall - 0.022:
        part = 4
    elif side < -0.010:
        part = 5
    if rod_ < d:
        d, part = rod_, 1
    if base < d:
        d, part = base, 2
    if light < d:
        d, part = light, 3
    return d, part


@compiled
def _watch(p, x, y, z):
    radius, thick, band, reach, deep, style, bezel = p[0], p[1], p[2], p[3], p[4], p[5], p[6]
    y = y - reach - 0.035
    ax, front = abs(x), z - deep - 0.035
    yz = hypot(max(abs(y) - reach + deep, 0.0), z)
    width = band * (0.84 + 0.16 * min(max(z / deep, -1.0), 1.0))
    strap = meet(abs(yz - deep) - 0.022, (ax - width) * 0.97, 0.02)
    square = plate(x, y, radius * 0.88, radius * 0.98, radius * 0.30)
    face = square if style > 0.62 else hypot(x, y) - radius
    case = meet(face, abs(front) - thick, 0.025)
    glass = max(face + bezel, thick - 0.016 - front)
    case = max(case, -glass)
    lugs = box(ax - band * 0.86, abs(y) - radius * 0.98, front + 0.02, 0.026, 0.075, 0.034, 0.018)
    crown = hypot(max(abs(x - radius * (0.9 if style > 0.62 else 1.0) - 0.012) - 0.02, 0.0), hypot(y, front)) - 0.026
    buckle = box(x, y, z + deep, width + 0.012, 0.075, 0.034, 0.02)
    loop_ = box(x, y + reach * 0.45, z + deep * 0.97, width + 0.012, 0.022, 0.036, 0.015)
    d, part = strap, 0
    if loop_ < d:
        d = loop_
    shell = join(join(case, lugs, 0.015), crown, 0.01)
    if shell < d:
        d, part = shell, 1
        if -glass > case - 0.004 and face + bezel < 0.004:
            part = 2
            rho, angle = hypot(x, y), atan2(x, y)
            step = 2.0 * pi / (12.0 if p[7] > 0.4 else 4.0)
            off = angle - step * floor(angle / step + 0.5)
            edge = -(face + bezel)
            if abs(off) * rho < 0.010 and 0.016 < edge < 0.052:
                part = 3
            for hand in range(2):  # ten past ten, give or take
                turn = p[8] * (2.0 * pi) if hand == 0 else -1.05 + p[8] * pi / 6.0
                u, v = x * cos(turn) - y * sin(turn), x * sin(turn) + y * cos(turn)
                if -0.03 < v < radius * (0.62 if hand == 0 else 0.42) and abs(u) < (0.011 if hand == 0 else 0.015):
                    part = 3
            if rho < 0.022:
                part = 3
    if buckle < d:
        d, part = buckle, 1
    return d * 0.97, part


@compiled
def _sunglasses(p, x, y, z):
    half, tall, curve, gap, rim, temple, slant = p[0], p[1], p[2], p[3], p[4], p[5], p[6]
    ax = abs(x)
    y = y - tall - rim - 0.02
    centre = gap + half
    bend = z + 0.22 * x * x
    u, v = ax - centre, y - slant * (ax - centre)
    u = u + p[8] * v  # aviators hang outwards
    lens2 = plate(u, v, half, tall, min(half, tall) * curve)
    rims = meet(abs(lens2 + rim * 0.5) - rim * 0.75, abs(bend) - 0.030, 0.014)
    lens = max(lens2, abs(bend + 0.004) - 0.008)
    bridge = rod(ax, y, bend, 0.0, tall * p[7] + 0.02, 0.0, gap + 0.03, tall * p[7] - 0.01, 0.0, rim * 0.62 + 0.003,
        rim * 0.62 + 0.003)
    hinge = centre + half - 0.02
    zh = -0.22 * hinge * hinge
    yh = tall * 0.45 + slant * half * 0.8
    arm = rod(ax, y, z, hinge, yh, zh, hinge + 0.025, yh - 0.03, zh - temple * 0.70, 0.022 + 0.2 * (rim - 0.018), 0.020)
    ear = rod(ax, y, z, hinge + 0.025, yh - 0.03, zh - temple * 0.70, hinge + 0.01, -tall - rim + 0.03, zh - temple,
        0.020, 0.026)
    d, part = min(rims, bridge), 0
    if lens < d:
        d, part = lens, 1
    side = join(arm, ear, 0.04)
    if side < d:
        d, part = side, 2
    return d * 0.80, part


@compiled
def shape(kind, p, x, y, z):
    """Signed distance (a lower bound of its size) and part number of product `kind` with parameters p at x, y, z."""
    if kind == 0:
        return _tshirt(p, x, y, z)
    if kind == 1:
        return _dress(p, x, y, z)
    if kind == 2:
        return _trousers(p, x, y, z)
    if kind == 3:
        return _sneaker(p, x, y, z)
    if kind == 4:
        return _boot(p, x, y, z)
    if kind == 5:
        return _handbag(p, x, y, z)
    if kind == 6:
        return _backpack(p, x, y, z)
    if kind == 7:
        return _mug(p, x, y, z)
    if kind == 8:
        return _bottle(p, x, y, z)
    if kind == 9:
        return _vase(p, x, y, z)
    if kind == 10:
        return _teapot(p, x, y, z)
    if kind == 11:
        return _chair(p, x, y, z)
    if kind == 12:
        return _table(p, x, y, z)
    if kind == 13:
        return _lamp(p, x, y, z)
    if kind == 14:
        return _watch(p, x, y, z)
    return _sunglasses(p, x, y, z)
