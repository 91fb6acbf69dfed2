"""The ray marcher: compiled with Numba on first use (some seconds), kept on disk, free of the interpreter lock.

Pixels are sampled once at the centre; where a neighbour differs in part, pattern or brightness, or a thin part passes
nearby, the pixel is sampled again `supersample` x `supersample` times on a rotated grid. All in linear light, float64,
one picture after the other and each by itself, so the bytes depend on neither the number of workers nor on chance.
"""

import os
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from math import atan2, cos, exp, floor, hypot, pi, sin, sqrt

import numpy as np
from numba import njit

from helpers.console import progress
from helpers.datasets.catalogue.scene import source_digest
from helpers.datasets.catalogue.shapes import compiled, shape

FAR = 1e9
# ruff: noqa: RUF046  (Numba's floor gives a float, Python's an integer)


@compiled
def smooth(low, high, v):
    """Hermite step from 0 at low to 1 at high."""
    v = min(max((v - low) / (high - low), 0.0), 1.0)
    return v * v * (3.0 - 2.0 * v)


@compiled
def scatter(i, j, seed):
    """A number in [0, 1) that looks random, from three integers (Wang-style integer mixing, 31 bits)."""
    h = (i * 374761393 + j * 668265263 + seed * 2147483647) & 0x7FFFFFFF
    h = ((h ^ (h >> 13)) * 1274126177) & 0x7FFFFFFF
    h = ((h ^ (h >> 16)) * 668265263) & 0x7FFFFFFF
    return ((h ^ (h >> 15)) & 0xFFFFFF) / 16777216.0


@compiled
def noise(u, v, seed):
    """Value noise in [0, 1] with one bump a unit."""
    i, j = int(floor(u)), int(floor(v))
    u, v = u - i, v - j
    u, v = u * u * (3.0 - 2.0 * u), v * v * (3.0 - 2.0 * v)
    low = scatter(i, j, seed) * (1.0 - u) + scatter(i + 1, j, seed) * u
    high = scatter(i, j + 1, seed) * (1.0 - u) + scatter(i + 1, j + 1, seed) * u
    return low * (1.0 - v) + high * v


@compiled
def cloud(u, v, seed):
    """Four octaves of noise, about 0..1."""
    total, size = 0.0, 0.5
    for k in range(4):
        total += size * noise(u, v, seed + k)
        u, v, size = u * 2.03 + 7.1, v * 2.01 - 3.7, size * 0.5
    return total / 0.9375


@compiled
def pattern(which, u, v):
    """Share of the second colour, 0..1, at (u, v) measured in repeats."""
    if which == 1:  # stripes
        return 1.0 if v - floor(v) < 0.45 else 0.0
    if which == 2:  # dots on a staggered grid
        row = floor(v)
        a, b = u + 0.5 * (row % 2.0), v - row - 0.5
        a = a - floor(a) - 0.5
        return 1.0 if a * a + b * b < 0.088 else 0.0
    if which == 3:  # gingham check
        a, b = u - floor(u) < 0.5, v - floor(v) < 0.5
        return (0.5 if a else 0.0) + (0.5 if b else 0.0)
    if which == 4:  # zigzag
        a = v + 0.62 * abs(u - floor(u) - 0.5) * 1.6
        return 1.0 if a - floor(a) < 0.45 else 0.0
    if which == 5:  # five-petalled flowers
        u, v = u * 0.86, v * 0.86
        row = floor(v)
        a = u + 0.5 * (row % 2.0)
        cell = int(floor(a))
        a, b = a - floor(a) - 0.5, v - row - 0.5
        turn = atan2(a, b) + 6.28 * scatter(cell % 2, int(row), 3)
        rho = hypot(a, b)
        if rho < 0.085:
            return 0.25
        return 1.0 if rho < 0.27 + 0.13 * cos(5.0 * turn) else 0.0
    if which == 6:  # wood grain
        ring = v * 1.4 + 0.35 * cloud(u * 0.5, v * 0.8, 5)
        ring = ring - floor(ring)
        return 0.75 * smooth(0.25, 1.0, ring) * smooth(1.0, 0.93, ring) + 0.25 * noise(u * 1.3, v * 22.0, 9)
    return 0.0


@compiled
def ground_texture(which, u, v, seed):
    """(share of the second colour, brightness) of a procedural material at (u, v), about one unit a metre."""
    if which == 0:  # planks
        row = floor(v * 3.2)
        shade = 0.90 + 0.16 * scatter(int(row), 1, seed)
        a = v * 3.2 - row
        x = u + 3.0 * scatter(int(row), 2, seed)
        grain = cloud(x * 1.6, v * 22.0 + row * 3.0, seed)
        seam = smooth(0.0, 0.02, a) * smooth(1.0, 0.98, a)
        return smooth(0.25, 0.8, grain), shade * (0.6 + 0.4 * seam)
    if which == 1:  # marble
        bend = cloud(u * 1.7, v * 1.7, seed)
        vein = abs(sin(3.0 * (u + 0.6 * v) + 7.0 * bend))
        fine = abs(sin(6.0 * (v - 0.4 * u) + 9.0 * cloud(u * 2.9, v * 2.9, seed + 9)))
        return 0.75 * smooth(0.16, 0.0, vein) + 0.30 * smooth(0.10, 0.0, fine) + 0.18 * bend, 1.0
    if which == 2:  # woven cloth
        a, b = u * 13.0, v * 13.0
        weave = 0.5 + 0.5 * sin(2.0 * pi * a) * sin(2.0 * pi * b)
        return 0.40 * weave + 0.60 * cloud(u * 4.0, v * 9.0, seed), 0.94 + 0.10 * noise(u * 2.0, v * 2.0, seed)
    if which == 3:  # gravel: the nearest of scattered stones
        a, b = u * 9.0, v * 9.0
        i, j = int(floor(a)), int(floor(b))
        first, second, tone = 9.0, 9.0, 0.0
        for k in range(-1, 2):
            for m in range(-1, 2):
                x = i + k + 0.15 + 0.7 * scatter(i + k, j + m, seed) - a
                y = j + m + 0.15 + 0.7 * scatter(i + k, j + m, seed + 1) - b
                d = sqrt(x * x + y * y)
                if d < first:
                    first, second, tone = d, first, scatter(i + k, j + m, seed + 2)
                elif d < second:
                    second = d
        return tone, 0.45 + 0.55 * smooth(0.02, 0.28, second - first)
    if which == 4:  # brick
        row = floor(v * 6.0)
        a, b = u * 2.2 + 0.5 * (row % 2.0), v * 6.0 - row
        brick = scatter(int(floor(a)), int(row), seed)
        a = a - floor(a)
        mortar = smooth(0.035, 0.015, min(a, 1.0 - a)) + smooth(0.10, 0.05, min(b, 1.0 - b))
        rough = cloud(u * 16.0, v * 16.0, seed)
        return min(mortar, 1.0), (0.74 + 0.34 * brick) * (0.88 + 0.24 * rough)
    blotch = cloud(u * 2.5, v * 2.5, seed)
    return blotch, 0.93 + 0.12 * noise(u * 60.0, v * 60.0, seed)


@compiled
def enter(row, ox, oy, oz, dx, dy, dz, pad):
    """The ray in the product's own coordinates, and where it enters and leaves the bounding box grown by pad."""
    c, s, size = row[3], row[4], row[5]
    ox, oy, oz = (ox - row[0]) / size, (oy - row[1]) / size, (oz - row[2]) / size
    ox, oz = ox * c - oz * s, ox * s + oz * c
    dx, dz = dx * c - dz * s, dx * s + dz * c
    near, far = 0.0, FAR
    ix, iy, iz = 1.0 / (dx + 1e-12), 1.0 / (dy + 1e-12), 1.0 / (dz + 1e-12)
    a, b = (row[6] - pad - ox) * ix, (row[9] + pad - ox) * ix
    near, far = max(near, min(a, b)), min(far, max(a, b))
    a, b = (row[7] - pad - oy) * iy, (row[10] + pad - oy) * iy
    near, far = max(near, min(a, b)), min(far, max(a, b))
    a, b = (row[8] - pad - oz) * iz, (row[11] + pad - oz) * iz
    near, far = max(near, min(a, b)), min(far, max(a, b))
    return ox, oy, oz, dx, dy, dz, near, far


@compiled
def march(row, ox, oy, oz, dx, dy, dz, pixel):
    """(distance or FAR, part, nearest miss in pixels) along a ray; `pixel` is the width of a pixel at distance 1."""
    ox, oy, oz, dx, dy, dz, t, far = enter(row, ox, oy, oz, dx, dy, dz, 0.0)
    miss = FAR
    if t >= far:
        return FAR, 0, miss
    kind, p, size = int(row[24]), row[12:24], row[5]
    for _ in range(160):
        d, part = shape(kind, p, ox + dx * t, oy + dy * t, oz + dz * t)
        width = t * pixel
        if d < min(0.0015, 0.25 * width):
            return t * size, part, 0.0
        miss = min(miss, d / width)
        t += d
        if t > far:
            break
    return FAR, 0, miss


@compiled
def shadow(rows, x, y, z, lx, ly, lz, sharp):
    """Share of the key light, 0..1, that reaches a point (soft shadow after Quilez, smallest d/t along the ray)."""
    light = 1.0
    for k in range(rows.shape[0]):
        row = rows[k]
        ox, oy, oz, dx, dy, dz, t, far = enter(row, x, y, z, lx, ly, lz, 0.10)
        if t >= far:
            continue
        kind, p = int(row[24]), row[12:24]
        t = max(t, 0.012)
        least, before = 1.0, FAR
        for _ in range(72):
            d, _part = shape(kind, p, ox + dx * t, oy + dy * t, oz + dz * t)
            # the closest pass lies between two steps: estimate it, or the penumbra shows them as bands
            back = min(d * d / (2.0 * before), d)
            pass_ = sqrt(max(d * d - back * back, 0.0))
            before = d
            least = min(least, sharp * pass_ / max(t - back, 0.012))
            if least < 0.004:
                least = 0.0
                break
            t += max(d if sharp * d > 1.5 * t else d * 0.7, 0.008 + 0.015 * t)
            if t > far:
                break
        light *= least * least * (3.0 - 2.0 * least)
        if light < 0.004:
            return 0.0
    return light


@compiled
def openness(rows, x, y, z, nx, ny, nz, floor_too):
    """Ambient occlusion: 1 in the open, towards 0 in corners (five steps along the normal)."""
    open_ = 1.0
    for step in range(4):
        h = 0.025 + 0.085 * step * (1.0 + 0.35 * step)
        px, py, pz = x + nx * h, y + ny * h, z + nz * h
        least = h
        if floor_too:
            least = min(least, py + 0.4 * h)
        for k in range(rows.shape[0]):
            row = rows[k]
            size, c, s = row[5], row[3], row[4]
            ax, ay, az = (px - row[0]) / size, (py - row[1]) / size, (pz - row[2]) / size
            ax, az = ax * c - az * s, ax * s + az * c
            gx = max(max(row[6] - ax, ax - row[9]), 0.0)
            gy = max(max(row[7] - ay, ay - row[10]), 0.0)
            gz = max(max(row[8] - az, az - row[11]), 0.0)
            if gx * gx + gy * gy + gz * gz < (least / size) ** 2:
                d, _part = shape(int(row[24]), row[12:24], ax, ay, az)
                least = min(least, d * size * 1.3)
        open_ -= (0.36 - 0.05 * step) * max(h - max(least, 0.0), 0.0) / h
    return max(open_, 0.06)


@compiled
def studio(dx, dy, dz, light, blur, tint, power):
    """Brightness seen in a reflection: floor, walls, the key softbox, a tall strip light and an overhead panel."""
    wall = 0.20 + 0.42 * smooth(-0.10, 0.80, dy) + 0.16 * smooth(0.2, 1.0, dz)
    wall += tint * (0.62 * smooth(0.02 + 0.2 * blur, 0.40, -dy) + 0.30 * smooth(0.0, 1.0, -dz))
    dot = dx * light[0] + dy * light[1] + dz * light[2]
    key = smooth(0.90 - 0.35 * blur, 0.945 + 0.05 * blur, dot) * (1.6 - 0.9 * blur)
    side = -1.0 if light[0] > 0.0 else 1.0
    across, other = dx * side * 0.93 + dz * 0.37, dx * side * -0.60 + dz * 0.80
    tall = smooth(-0.45, -0.20, dy) * smooth(0.85, 0.60, dy)
    strip = smooth(0.78 - 0.25 * blur, 0.84 + 0.05 * blur, across) * smooth(1.0 + 0.3 * blur, 0.955, across)
    window = smooth(0.86 - 0.25 * blur, 0.90 + 0.04 * blur, other) * smooth(0.10, 0.25, dy) * smooth(0.80, 0.65, dy)
    top = smooth(0.80 - 0.2 * blur, 0.93, dy) * 0.6
    return wall + power * (key + (0.85 - 0.35 * blur) * strip * tall + (0.80 - 0.45 * blur) * window + top)


@compiled
def backdrop_at(view, backdrop, u, v, dx, dy, dz, out):
    """Unshadowed backdrop in out[4:7]; returns (kind of place: 0 none, 1 floor, 2 wall, x, y, z)."""
    ox, oy, oz = view[0], view[1], view[2]
    mode = int(backdrop[0])
    if mode == 0:  # an infinity cove: no horizon, only light falling off
        shade = 1.0 - 0.055 * (u * u + v * v) - 0.05 * smooth(0.6, -1.2, v) + 0.02 * u * backdrop[8]
        for k in range(3):
            out[4 + k] = backdrop[1 + k] * shade
        if dy < -1e-6:
            t = -oy / dy
            return 1, ox + dx * t, 0.0, oz + dz * t
        return 0, 0.0, 0.0, 0.0
    angle, scale, seed = backdrop[9], backdrop[8], int(backdrop[10])
    which = int(backdrop[7])
    place = 0
    x = y = z = 0.0
    if dy < -1e-6:
        t = -oy / dy
        x, z, place = ox + dx * t, oz + dz * t, 1
    if mode == 1:  # a textured ground that melts into an even wall
        fade = 1.0
        if place == 1:
            fade = smooth(2.2, 6.5, hypot(x, z))
        mean = 0.5 - 0.10 * v
        share, shade = 0.5, 1.0
        if fade < 1.0:
            a, b = (x * cos(angle) - z * sin(angle)) * scale, (x * sin(angle) + z * cos(angle)) * scale
            share, shade = ground_texture(which, a, b, seed)
        shade = shade * (1.0 - 0.06 * (u * u + v * v))
        for k in range(3):
            near = (backdrop[1 + k] * (1.0 - share) + backdrop[4 + k] * share) * shade
            far = (backdrop[1 + k] * 0.5 + backdrop[4 + k] * 0.5) * (0.70 + 0.24 * mean)
            out[4 + k] = near * (1.0 - fade) + far * fade
        return place, x, y, z
    # a board with a front edge before a wall
    edge, wall = backdrop[11], backdrop[12]
    below = False
    if place == 1 and z > edge:
        t = (edge - oz) / dz
        x, y, z = ox + dx * t, oy + dy * t, edge
        share, shade = ground_texture(which, x * scale, y * scale * 0.5 + 0.3, seed)
        if y > -0.13:
            shade = shade * (0.62 + 0.28 * smooth(-0.004, -0.02, y) * smooth(-0.13, -0.11, y))
            for k in range(3):
                out[4 + k] = (backdrop[1 + k] * (1.0 - share) + backdrop[4 + k] * share) * shade
            return 0, x, y, z
        below = True
    if place == 0 or z < wall or below:
        t = (wall - oz) / dz
        x, y, z = ox + dx * t, oy + dy * t, wall
        shade = 0.94 - 0.05 * u * u + 0.05 * v
        shade = 0.42 + 0.30 * smooth(-0.1, -1.3, y) if below else shade * (0.72 + 0.28 * smooth(0.0, 0.35, y))
        for k in range(3):
            out[4 + k] = backdrop[13 + k] * shade
        return (0 if below else 2), x, y, z
    share, shade = ground_texture(which, x * scale, z * scale, seed)
    shade = shade * (0.70 + 0.30 * smooth(0.0, 0.3, z - wall))
    for k in range(3):
        out[4 + k] = (backdrop[1 + k] * (1.0 - share) + backdrop[4 + k] * share) * shade
    return 1, x, y, z


@compiled
def normal_at(row, x, y, z):
    """Unit normal in the product's own coordinates (four samples on a tetrahedron)."""
    kind, p, e = int(row[24]), row[12:24], 0.0015
    a, _part = shape(kind, p, x + e, y - e, z - e)
    b, _part = shape(kind, p, x - e, y - e, z + e)
    c, _part = shape(kind, p, x - e, y + e, z - e)
    d, _part = shape(kind, p, x + e, y + e, z + e)
    nx, ny, nz = a - b - c + d, -a - b + c + d, -a + b - c + d
    size = sqrt(nx * nx + ny * ny + nz * nz) + 1e-12
    return nx / size, ny / size, nz / size


@compiled
def paint_at(row, part, x, y, z, nx, ny, nz):
    """Share of the second colour at a surface point: the pattern laid on it by the kind's mapping."""
    which = int(part[6])
    if which == 0:
        return 0.0
    scale = 5.2 * row[26]
    mapping = int(row[25])
    ax, ay, az = abs(nx), abs(ny), abs(nz)
    if which == 6:
        if ay > 0.7:
            return pattern(6, x * 3.0, z * 7.0)
        return pattern(6, y * 3.0, (x + z) * 7.0)
    if mapping == 1:  # around the axis, a whole (even) number of repeats
        girth = 0.28
        repeats = 2.0 * floor(pi * girth * scale + 0.5)
        u, v = atan2(x, z) / (2.0 * pi) * repeats, y * scale
        if row[27] > 1.2:
            u, v = v, u
        elif row[27] > 0.3 and which == 1:
            v = v + u
        return pattern(which, u, v)
    u, v = x, y
    if mapping == 2:
        if ay > ax and ay > az:
            v = z
        elif ax > az:
            u = z
    elif az < 0.25 and ax > ay:
        u = x + z
    c, s = cos(row[27]), sin(row[27])
    return pattern(which, (u * c - v * s) * scale, (u * s + v * c) * scale)


@compiled
def shade(rows, who, part, view, light, backdrop, dx, dy, dz, t, pixel, memory, out):
    """Colour in linear light in out[0:3] of the surface hit at distance t by a ray; returns the pattern share.

    memory holds shadow and occlusion of the last sample in this pixel: (may be used, product and part, shadow,
    occlusion, normal, kind of ground, its shade), so that neighbours on one face share the two costly numbers.
    """
    row = rows[who]
    c, s, size = row[3], row[4], row[5]
    wx, wy, wz = view[0] + dx * t, view[1] + dy * t, view[2] + dz * t
    x, y, z = (wx - row[0]) / size, (wy - row[1]) / size, (wz - row[2]) / size
    x, z = x * c - z * s, x * s + z * c
    nx, ny, nz = normal_at(row, x, y, z)
    share = paint_at(row, part, x, y, z, nx, ny, nz)
    kind = int(part[7])
    # fine relief that fades out before it gets smaller than a pixel
    width = pixel * t / size
    tone = 1.0
    if part[8] > 0.5:
        fine = max(1.0 - 2.2 * width * 46.0, 0.0)
        if fine > 0.0:
            tone = 1.0 + fine * (0.10 * sin(46.0 * 2.0 * pi * (x + 0.6 * z) + 0.0) * sin(46.0 * 2.0 * pi * y))
        tone *= 0.97 + 0.06 * noise(9.0 * x + 3.0 * z, 9.0 * y, 4)
    elif kind == 1:
        fine = max(1.0 - 2.0 * width * 34.0, 0.0)
        if fine > 0.0:
            e = 0.30 * fine
            a = noise(34.0 * (x + z), 34.0 * (y - 0.4 * z), 11)
            nx += e * (noise(34.0 * (x + z) + 0.4, 34.0 * (y - 0.4 * z), 11) - a)
            ny += e * (noise(34.0 * (x + z), 34.0 * (y - 0.4 * z) + 0.4, 11) - a)
            long = sqrt(nx * nx + ny * ny + nz * nz)
            nx, ny, nz = nx / long, ny / long, nz / long
            tone = 1.0 - 0.10 * fine * smooth(0.55, 0.2, a)
        tone *= 0.92 + 0.16 * noise(5.0 * x + 2.0 * z, 5.0 * y - z, 12)
    # into the world
    mx, my, mz = nx * c + nz * s, ny, nz * c - nx * s
    facing = -(mx * dx + my * dy + mz * dz)
    lx, ly, lz = light[0], light[1], light[2]
    lit = mx * lx + my * ly + mz * lz
    key = who * 8.0 + out[12]
    if memory[0] > 0.0 and memory[1] == key and memory[4] * mx + memory[5] * my + memory[6] * mz > 0.93:
        soft, ao = memory[2], memory[3]
    else:
        ao = openness(rows, wx, wy, wz, mx, my, mz, True)
        soft = 0.0
        if lit > 0.0:
            e = 0.012 * size
            soft = shadow(rows, wx + mx * e, wy + my * e, wz + mz * e, lx, ly, lz, 9.0)
        memory[1], memory[2], memory[3], memory[4], memory[5], memory[6] = key, soft, ao, mx, my, mz
    rx, ry, rz = dx + 2.0 * facing * mx, dy + 2.0 * facing * my, dz + 2.0 * facing * mz
    edge = 1.0 - min(max(facing, 0.0), 1.0)
    fresnel = edge * edge * edge * edge * edge
    half = 1.0 / (sqrt(2.0 - 2.0 * (dx * lx + dy * ly + dz * lz)) + 1e-9)
    spark = max((mx * (lx - dx) + my * (ly - dy) + mz * (lz - dz)) * half, 0.0)
    tint = (backdrop[1] + backdrop[2] + backdrop[3]) / 3.0
    sky = 0.62 + 0.38 * my
    bounce = max(-my, 0.0) * 0.25
    gleam, clear = 0.0, 1.0  # white reflection and what is left for the body colour
    mirror = 0.0  # reflection tinted by the body colour
    if kind == 0 or kind == 4:
        gleam = 0.05 * edge * edge * edge * ao + (0.05 * spark**12 * soft if kind == 4 else 0.0)
    elif kind == 1:
        gleam = 0.20 * spark**22 * soft + (0.03 + 0.30 * fresnel) * studio(rx, ry, rz, light, 0.9, tint, 1.0) * ao
    elif kind == 2:
        clear = 0.94 * (1.0 - fresnel)
        gleam = (0.045 + 0.75 * fresnel) * studio(rx, ry, rz, light, 0.03, tint, 6.0 - 5.0 * fresnel) * (0.3 + 0.7 * ao)
        gleam += 0.5 * spark**160 * soft
    elif kind == 3:
        clear = 0.16
        shine = studio(rx, ry, rz, light, 0.22, tint, 1.35) * (0.25 + 0.75 * ao)
        mirror = 1.15 * shine * shine / (shine + 0.25) + 0.10
        gleam = 0.10 * fresnel + 0.16 * max(shine - 0.85, 0.0) + 0.30 * spark**60 * soft
    elif kind == 5:
        clear = 0.30
        gleam = (0.10 + 0.80 * fresnel) * studio(rx, ry, rz, light, 0.0, tint, 2.5) * (0.4 + 0.6 * ao) * 0.8
    wrap = max(lit, 0.0) * soft
    for k in range(3):
        body = (part[k] * (1.0 - share) + part[3 + k] * share) * tone
        glow = 1.12 * light[3 + k] * wrap + light[6 + k] * (sky * ao + bounce * tint)
        if kind == 6:  # a lit lampshade: light comes through, warmest near the bulb
            middle = (row[7] + row[10]) * 0.5 + 0.30 * (row[10] - row[7])
            glow = 0.72 * glow + 0.50 * (1.0 - 0.16 * k) * exp(-5.0 * (y - middle) ** 2)
        elif kind == 7:
            glow = 2.2
        value = body * glow * clear + gleam * (0.5 + 0.5 * light[3 + k]) + mirror * body
        if value > 0.72:  # shoulder of a film curve, so highlights keep their colour
            value = 0.72 + 0.28 * (1.0 - exp((0.72 - value) / 0.28))
        out[k] = value
    return share


@compiled
def sample(i, j, size, view, rows, parts, light, backdrop, full, memory, out, hits):
    """One ray through pixel coordinates (i right, j down): colour, hit, backdrop, shadow, code and near miss in out."""
    u, v = (2.0 * i / size - 1.0), (1.0 - 2.0 * j / size)
    fu, fv = u * view[12] + view[13], v * view[12] + view[14]
    dx = view[9] + fu * view[3] + fv * view[6]
    dy = view[10] + fu * view[4] + fv * view[7]
    dz = view[11] + fu * view[5] + fv * view[8]
    length = sqrt(dx * dx + dy * dy + dz * dz)
    dx, dy, dz = dx / length, dy / length, dz / length
    pixel = 2.0 * view[12] / size
    best, who, what, miss, code = FAR, -1, 0, FAR, 0
    for k in range(rows.shape[0]):
        t, part, near = march(rows[k], view[0], view[1], view[2], dx, dy, dz, pixel)
        hits[k] = t < FAR
        if t < FAR:
            code |= 1 << (12 + k)
            if t < best:
                best, who, what = t, k, part
        elif near < miss:
            miss = near
    for k in range(8):
        out[k] = 0.0
    out[9] = miss
    out[10] = who
    out[11] = best
    out[12] = what
    if who >= 0:
        out[3] = 1.0
        code |= 1 + what + 8 * who
        if full:
            share = shade(rows, who, parts[who, what], view, light, backdrop, dx, dy, dz, best, pixel, memory, out)
            code |= int(share * 4.0 + 0.5) << 8
        out[8] = code
        return
    out[8] = code
    if not full:
        return
    place, x, y, z = backdrop_at(view, backdrop, u, v, dx, dy, dz, out)
    dark = 1.0
    if place > 0 and memory[0] > 0.0 and memory[7] == place:
        dark = memory[8]
    elif place > 0:
        if place == 1:
            lit = shadow(rows, x, 0.0, z, light[0], light[1], light[2], 6.0)
            ao = openness(rows, x, 0.0, z, 0.0, 1.0, 0.0, False)
        else:
            lit = shadow(rows, x, y, z + 0.001, light[0], light[1], light[2], 4.0)
            ao = openness(rows, x, y, z, 0.0, 0.0, 1.0, False)
        dark = (0.42 + 0.58 * lit) * (0.25 + 0.75 * ao)
        memory[7], memory[8] = place, dark
    out[7] = dark
    for k in range(3):
        out[4 + k] *= dark


@compiled
def encode(value, dither):
    """Linear light to an sRGB byte; dither in [0, 1) instead of rounding keeps soft gradients free of bands."""
    value = min(max(value, 0.0), 1.0)
    value = 12.92 * value if value <= 0.0031308 else 1.055 * value ** (1.0 / 2.4) - 0.055
    return int(min(value * 255.0 + dither, 255.0))


@compiled
def grain(i, j):
    """Interleaved gradient noise (Jimenez 2014): evenly spread thresholds in [0, 1)."""
    a = 0.06711056 * i + 0.00583715 * j
    a = 52.9829189 * (a - floor(a))
    return a - floor(a)


def _entries(digest: str):
    """The compiled entry points. `digest` is part of what Numba keys its files by: edited sources compile anew."""

    def kept(signature):
        # compiled when this module is imported, all at once: they share what they call, one by one they would not
        def decorate(function):
            try:
                return njit(signature, nogil=True, error_model="numpy", cache=True)(function)
            except RuntimeError:  # neither the source's folder nor the user's cache can be written
                return njit(signature, nogil=True, error_model="numpy")(function)

        return decorate

    numbers, table, cube = "float64[::1]", "float64[:,::1]", "float64[:,:,::1]"
    plane, stack = "uint8[:,::1]", "uint8[:,:,::1]"

    @kept(
        f"void(int64,int64,{numbers},{table},{cube},{numbers},{numbers},{stack},{plane},{stack},{plane},{stack},{stack})"
    )
    def picture(size, fine, view, rows, parts, light, backdrop, image, mask, front, shade_map, visible, whole):
        """Render one picture into the given uint8 arrays; visible and whole may have length 0."""
        _ = digest
        count = rows.shape[0]
        each = visible.shape[0] == count
        first = np.empty((size, size, 9))
        near = np.empty((size, size))
        flags = np.zeros((size, size), np.uint8)  # 1: an edge passes, 2: light changes fast
        owner = np.empty((size, size), np.int64)
        covered = np.zeros((size, size), np.int64)
        out, memory, hits = np.zeros(13), np.zeros(9), np.zeros(count, np.bool_)
        for j in range(size):
            for i in range(size):
                sample(i + 0.5, j + 0.5, size, view, rows, parts, light, backdrop, True, memory, out, hits)
                for k in range(9):
                    first[j, i, k] = out[k]
                near[j, i] = out[9]
                owner[j, i] = int(out[10])
                for k in range(count):
                    covered[j, i] |= int(hits[k]) << k
        for j in range(size):
            for i in range(size):
                if near[j, i] < 0.6:
                    flags[j, i] |= 1
                for m in range(4):
                    a, b = j + (1 if m > 0 else 0), i + (1 if m == 0 or m == 2 else -1 if m == 3 else 0)
                    if a >= size or b >= size or b < 0:
                        continue
                    apart = 1 if first[j, i, 8] != first[a, b, 8] else 0
                    for k in range(3):
                        if apart == 0:
                            one, two = first[j, i, k] + first[j, i, 4 + k], first[a, b, k] + first[a, b, 4 + k]
                            if abs(sqrt(max(one, 0.0)) - sqrt(max(two, 0.0))) > 0.13:
                                apart = 2
                    flags[j, i] |= apart
                    flags[a, b] |= apart
        total = np.empty(8)
        seen, all_ = np.zeros(count), np.zeros(count)
        for j in range(size):
            for i in range(size):
                weight = 1.0
                seen[:] = 0.0
                all_[:] = 0.0
                if flags[j, i] > 0 and fine > 1:
                    memory[0], memory[1], memory[7] = (0.0 if flags[j, i] == 2 else 1.0), -1.0, -1.0
                    total[:] = 0.0
                    for a in range(fine):
                        for b in range(fine):
                            x, y = (a + (b + 0.5) / fine) / fine, (b + (fine - 0.5 - a) / fine) / fine
                            sample(i + x, j + y, size, view, rows, parts, light, backdrop, True, memory, out, hits)
                            for k in range(8):
                                total[k] += out[k]
                            if out[10] >= 0:
                                seen[int(out[10])] += 1.0
                            for k in range(count):
                                all_[k] += hits[k]
                    weight = 1.0 / (fine * fine)
                else:
                    for k in range(8):
                        total[k] = first[j, i, k]
                    if owner[j, i] >= 0:
                        seen[owner[j, i]] = 1.0
                    for k in range(count):
                        all_[k] = (covered[j, i] >> k) & 1
                alpha = total[3] * weight
                level = grain(i, j)
                for k in range(3):
                    image[j, i, k] = encode((total[k] + total[4 + k]) * weight, level)
                    front[j, i, k] = encode(total[k] * weight / alpha, level) if alpha > 0.0 else 0
                mask[j, i] = int(alpha * 255.0 + 0.5)
                shade_map[j, i] = int(255.0 * total[7] * weight / (1.0 - alpha) + level) if alpha < 1.0 else 255
                if each:
                    for k in range(count):
                        visible[k, j, i] = int(seen[k] * weight * 255.0 + 0.5)
                        whole[k, j, i] = int(all_[k] * weight * 255.0 + 0.5)

    @kept(f"void(int64,{numbers},{table},{cube},{table},{cube},int64[:,::1])")
    def geometry(size, view, rows, parts, depth, normals, codes):
        """Depth, world normals and part codes (pattern included) at pixel centres, for line drawings."""
        _ = digest
        light, backdrop, memory, out = np.zeros(9), np.zeros(16), np.zeros(9), np.zeros(13)
        hits = np.zeros(rows.shape[0], np.bool_)
        for j in range(size):
            for i in range(size):
                sample(i + 0.5, j + 0.5, size, view, rows, parts, light, backdrop, False, memory, out, hits)
                depth[j, i] = 20.0
                codes[j, i] = 0
                normals[j, i, 0] = normals[j, i, 1] = normals[j, i, 2] = 0.0
                if out[10] < 0:
                    continue
                who, what, t = int(out[10]), int(out[12]), out[11]
                row, part = rows[who], parts[who, what]
                fu = (2.0 * (i + 0.5) / size - 1.0) * view[12] + view[13]
                fv = (1.0 - 2.0 * (j + 0.5) / size) * view[12] + view[14]
                dx = view[9] + fu * view[3] + fv * view[6]
                dy = view[10] + fu * view[4] + fv * view[7]
                dz = view[11] + fu * view[5] + fv * view[8]
                t = t / sqrt(dx * dx + dy * dy + dz * dz)
                x, y, z = view[0] + dx * t - row[0], view[1] + dy * t - row[1], view[2] + dz * t - row[2]
                c, s, scale = row[3], row[4], row[5]
                x, y, z = (x * c - z * s) / scale, y / scale, (x * s + z * c) / scale
                nx, ny, nz = normal_at(row, x, y, z)
                depth[j, i] = t
                normals[j, i, 0], normals[j, i, 1], normals[j, i, 2] = nx * c + nz * s, ny, nz * c - nx * s
                share = paint_at(row, part, x, y, z, nx, ny, nz) if part[6] < 6.0 else 0.0
                codes[j, i] = 1 + what + 8 * who + 1024 * int(4.0 * share + 0.5)

    @kept(f"void(int64,int64,{numbers},{numbers},{stack})")
    def empty_stage(size, fine, view, backdrop, image):
        """The backdrop alone, without product and shadow."""
        _ = digest
        out = np.zeros(13)
        total = np.zeros(3)
        for j in range(size):
            for i in range(size):
                total[:] = 0.0
                for a in range(fine):
                    for b in range(fine):
                        x, y = i + (a + 0.5) / fine, j + (b + 0.5) / fine
                        u, v = 2.0 * x / size - 1.0, 1.0 - 2.0 * y / size
                        fu, fv = u * view[12] + view[13], v * view[12] + view[14]
                        dx = view[9] + fu * view[3] + fv * view[6]
                        dy = view[10] + fu * view[4] + fv * view[7]
                        dz = view[11] + fu * view[5] + fv * view[8]
                        backdrop_at(view, backdrop, u, v, dx, dy, dz, out)
                        for k in range(3):
                            total[k] += out[4 + k]
                for k in range(3):
                    image[j, i, k] = encode(total[k] / (fine * fine), grain(i, j))

    @kept(f"void(int64,{numbers},{table},{table})")
    def distances(kind, p, points, result):
        """Signed distance in result[:, 0] and part in result[:, 1] at points (n, 3) in product coordinates."""
        _ = digest
        for k in range(points.shape[0]):
            d, part = shape(kind, p, points[k, 0], points[k, 1], points[k, 2])
            result[k, 0], result[k, 1] = d, part

    @kept(f"void({numbers},{numbers},{table},{numbers})")
    def settle(row, view, points, seen):
        """Move points (own coordinates) onto the surface; seen[k] is 1 where nothing hides point k from the camera."""
        _ = digest
        kind, p = int(row[24]), row[12:24]
        c, s, size = row[3], row[4], row[5]
        cx, cy, cz = (view[0] - row[0]) / size, (view[1] - row[1]) / size, (view[2] - row[2]) / size
        cx, cz = cx * c - cz * s, cx * s + cz * c
        for k in range(points.shape[0]):
            x, y, z = points[k]
            for _step in range(12):
                d, _part = shape(kind, p, x, y, z)
                if abs(d) < 1e-4:
                    break
                nx, ny, nz = normal_at(row, x, y, z)
                x, y, z = x - nx * d, y - ny * d, z - nz * d
            points[k] = x, y, z
            nx, ny, nz = normal_at(row, x, y, z)
            x, y, z = x + 0.012 * nx, y + 0.012 * ny, z + 0.012 * nz
            dx, dy, dz = cx - x, cy - y, cz - z
            far = sqrt(dx * dx + dy * dy + dz * dz)
            dx, dy, dz = dx / far, dy / far, dz / far
            t, seen[k] = 0.0, 1.0
            for _step in range(200):
                d, _part = shape(kind, p, x + dx * t, y + dy * t, z + dz * t)
                if d < 0.0015:
                    seen[k] = 0.0
                    break
                t += d
                if t > min(far, 3.0):
                    break

    return picture, geometry, empty_stage, distances, settle


picture, geometry, empty_stage, distances, settle = _entries(source_digest("[rs][eh]*.py"))  # render.py and shapes.py


def distance(kind: int, parameters, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Signed distances (n,) and parts (n,) at points (n, 3) in a product's own coordinates."""
    points = np.ascontiguousarray(points, np.float64)
    result = np.empty((len(points), 2))
    distances(kind, np.asarray(parameters, np.float64), points, result)
    return result[:, 0], result[:, 1].astype(np.int64)


@lru_cache(maxsize=4)
def _cell_middles(cells: int) -> np.ndarray:
    return np.stack(np.meshgrid(*[np.arange(cells) + 0.5] * 3, indexing="ij"), -1).reshape(-1, 3)


@lru_cache(maxsize=65536)
def measured(kind: int, parameters: tuple) -> tuple[np.ndarray, np.ndarray]:
    """Tight bounding box (x, y, z low, then high) of a product, and points (n, 3) close to its surface.

    A grid cell can hold surface only if the distance at its middle is below half its diagonal (the gradient is at
    most one), so the box found on a coarse grid and refined once never cuts anything off.
    """
    low, high = np.array([-1.15, -0.05, -0.95]), np.array([1.15, 1.75, 0.95])
    cloud_ = None
    for cells in (12, 17):
        step = (high - low) / cells
        grid = low + step * _cell_middles(cells)
        d, _ = distance(kind, parameters, grid)
        held = grid[d < np.linalg.norm(step) / 2]
        cloud_ = grid[np.abs(d) < step.max() * 0.5]
        low, high = held.min(0) - step / 2, held.max(0) + step / 2
    return np.concatenate([low, high]), cloud_


def workers_or_default(workers: int | None) -> int:
    """The number of threads: as asked, else one a core this process may use."""
    if workers is not None:
        return max(1, int(workers))
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def run(make, n: int, workers: int | None, label: str) -> None:
    """Call make(0) … make(n - 1) on threads (the marcher holds no interpreter lock), with a progress bar."""
    threads = workers_or_default(workers)
    if threads == 1 or n == 1:
        for k in progress(range(n), n, label):
            make(k)
        return
    with ThreadPoolExecutor(threads) as pool:
        for _ in progress(pool.map(make, range(n)), n, label):
            pass
