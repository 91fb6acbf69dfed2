"""Retouching as a game of few moves: a batched environment with the names of Gymnasium (reset, step), in NumPy.

A picture is never overwritten. The state is a recipe, one affine transform of colour (4, 3) a picture; an action
changes the recipe, and what is shown is the first picture through the recipe, clipped. So no move loses what another
could bring back.
"""

from collections.abc import Callable

import keras
import numpy as np

from helpers import degrade, show

STOPS, CONTRAST, SATURATION, TEMPERATURE = 0.2, 0.08, 0.1, 0.1
ACTIONS = (
    *("stop", "black point", "white point", "brighter", "darker", "more contrast", "less contrast"),
    *("more colour", "less colour", "warmer", "cooler", "greener", "redder"),
)


def _gains(stops) -> np.ndarray:
    """Factors on sRGB values for stops of light of each channel: sRGB is nearly light to the power 1 / 2.2."""
    return 2.0 ** (np.asarray(stops, np.float32) / 2.2)


def _fixed_moves() -> np.ndarray:
    """(actions, 4, 3): the affine transform of every action that is the same for all pictures, else the identity."""
    moves = np.tile(np.eye(4, 3, dtype=np.float32), (len(ACTIONS), 1, 1))
    scale = {"brighter": _gains([STOPS] * 3), "darker": _gains([-STOPS] * 3)}
    scale |= {"warmer": _gains([TEMPERATURE, 0, -TEMPERATURE]), "cooler": _gains([-TEMPERATURE, 0, TEMPERATURE])}
    scale |= {"greener": _gains([0, TEMPERATURE, 0]), "redder": _gains([0, -TEMPERATURE, 0])}
    for name, gains in scale.items():
        moves[ACTIONS.index(name), :3] = np.diag(gains)
    for name, slope in (("more contrast", 1 + CONTRAST), ("less contrast", 1 / (1 + CONTRAST))):
        moves[ACTIONS.index(name), :3] *= slope
        moves[ACTIONS.index(name), 3] = 0.5 * (1 - slope)
    for name, keep in (("more colour", 1 + SATURATION), ("less colour", 1 / (1 + SATURATION))):
        moves[ACTIONS.index(name), :3] = keep * np.eye(3) + (1 - keep) / 3
    return moves


_MOVES = _fixed_moves()


def develop(pictures, recipes) -> np.ndarray:
    """Every pixel of (n, height, width, 3) through its picture's recipe of (n, 4, 3), not clipped."""
    planes = _through(_planes(pictures), recipes)
    return np.moveaxis(planes.reshape(len(planes), 3, *np.shape(pictures)[1:3]), 1, -1)


def _planes(pictures) -> np.ndarray:
    """(n, height, width, 3) to (n, 3, pixels): a channel's values lie side by side, which is fast."""
    pictures = np.asarray(pictures, np.float32)
    return np.ascontiguousarray(np.moveaxis(pictures, -1, 1)).reshape(len(pictures), 3, -1)


def _through(planes, recipes) -> np.ndarray:
    """Planes (n, 3, pixels) through recipes (n, 4, 3)."""
    developed = np.matmul(recipes[:, :3].transpose(0, 2, 1), planes)
    developed += recipes[:, 3][:, :, None]
    return developed


def thinned(pictures, originals, side: int = 32):
    """Both batches (n, height, width, 3) at `side` x `side` px, one pixel of each block, without losing extremes.

    The middle pixel stands for its block; but the darkest and the brightest pixel of each channel of `pictures`, six a
    picture, stand for theirs. So autocontrast of the small picture is that of the large one. The same pixels are taken
    from both. Raises `ValueError` where height or width is no multiple of `side`.
    """
    n, height, width, channels = np.shape(pictures)
    if height % side or width % side:
        raise ValueError(f"sides of {height} x {width} px are no multiples of {side}")
    tall, wide = height // side, width // side
    middles = (np.arange(side)[:, None] * tall + tall // 2) * width + np.arange(side) * wide + wide // 2
    flat = np.reshape(pictures, (n, -1, channels))
    extreme = np.concatenate([flat.argmin(axis=1), flat.argmax(axis=1)], axis=1)
    places = np.tile(middles.ravel(), (n, 1))
    np.put_along_axis(places, extreme // width // tall * side + extreme % width // wide, extreme, axis=1)
    batches = [np.reshape(batch, (n, -1, channels)) for batch in (pictures, originals)]
    return [np.take_along_axis(b, places[..., None], axis=1).reshape(n, side, side, channels) for b in batches]


def dealer(images, count: int) -> Callable:
    """A `draw` for `Retouch`: `count` of the uint8 `images` (m, height, width, 3) at random, broken anew each time.

    The damage is that of `helpers.degrade.broken_exposure`.
    """

    def draw(random):
        originals = images[random.integers(0, len(images), count)].astype(np.float32) / 255
        return degrade.broken_exposure(originals, random.integers(0, 1 << 30, 2)).numpy(), originals

    return draw


class Retouch:
    """Pictures to put right by a few moves, a batch at a time; the reward of a move is the PSNR it gains, in dB.

    Parameters
    ----------
    draw: `draw(random) -> (pictures, originals)`, both (n, height, width, 3) floats in [0, 1]; `random` is a NumPy
        generator. Called by `reset`. Or simply one such pair of batches, which is dealt each time.
    horizon: how many moves a picture gets.
    side: of the thumbnail that is observed; the pictures' sides have to be multiples of it.

    Actions are whole numbers, the positions in `ACTIONS`. "black point" moves the darkest value of each channel to 0
    and leaves the brightest where it is, "white point" moves the brightest to 1 and leaves 0; both together are
    autocontrast. The others are steps of fixed size: 0.2 stops of light, contrast by 8 % about the grey of 0.5,
    saturation by 10 % about the mean of the channels, 0.1 stops of red against blue, 0.1 stops of green. "stop" ends a
    picture's episode.

    An observation is a dictionary of float32 arrays: "thumbnail" (n, side, side, 3), clipped to [0, 1]; "extremes"
    (n, 6), the darkest and the brightest value of each channel, not clipped; "history" (n, actions), how often each
    action was taken, as a share of the horizon. Without it a picture that was made darker on purpose would look like
    one that came dark.
    """

    def __init__(self, draw, horizon: int = 8, side: int = 16):
        self.draw, self.horizon, self.side = draw if callable(draw) else lambda random: draw, horizon, side
        self.random, self.moves = np.random.default_rng(), None

    def reset(self, *, seed: int | None = None):
        """New pictures, nothing done to them: `(observation, info)`. A seed fixes what is drawn from here on."""
        if seed is not None:
            self.random = np.random.default_rng(seed)
        self.pictures, self.originals = (np.asarray(batch, np.float32) for batch in self.draw(self.random))
        shape = self.pictures.shape
        if self.originals.shape != shape or len(shape) != 4 or shape[-1] != 3:
            raise ValueError(
                f"draw has to return two batches (n, height, width, 3), got {shape}, {self.originals.shape}"
            )
        if shape[1] % self.side or shape[2] % self.side:
            raise ValueError(f"sides of {shape[1]} x {shape[2]} px are no multiples of the thumbnail's, {self.side}")
        self._planes, self._truth = _planes(self.pictures), _planes(self.originals)
        self.recipes = np.tile(np.eye(4, 3, dtype=np.float32), (len(self.pictures), 1, 1))
        self.terminated, self.moves = np.zeros(len(self.pictures), bool), 0
        self._counts = np.zeros((len(self.pictures), len(ACTIONS)), np.float32)
        self._look()
        return self._observation(), {"psnr": self.psnr}

    def step(self, actions):
        """One move for every picture: `(observation, reward, terminated, truncated, info)`.

        `actions` (n,) whole numbers; what is given for a picture that has ended is ignored, and its reward is 0.
        `terminated` (n,): stopped, now or before. `truncated` (n,): not stopped, but the moves are used up.
        `info["psnr"]` (n,) is the quality now. Raises `ValueError` for another shape or an unknown action, and
        `RuntimeError` before the first `reset` and where every picture has ended.
        """
        self._check_running()
        actions = np.asarray(actions)
        if actions.shape != self.terminated.shape or actions.dtype.kind not in "iu":
            raise ValueError(
                f"need one whole number for each of {len(self.pictures)} pictures, got {actions.dtype} "
                f"of shape {actions.shape}"
            )
        if actions.min() < 0 or actions.max() >= len(ACTIONS):
            wrong = actions[(actions < 0) | (actions >= len(ACTIONS))][0]
            raise ValueError(f"unknown action {wrong}: actions are 0 to {len(ACTIONS) - 1}, as listed in ACTIONS")
        before, actions = self.psnr, np.where(self.terminated, 0, actions)
        self.recipes = self._edited(actions)
        self._counts[np.arange(len(actions)), actions] += 1
        self.terminated = self.terminated | (actions == 0)
        self.moves += 1
        self._look()
        truncated = ~self.terminated & (self.moves >= self.horizon)
        return self._observation(), self.psnr - before, self.terminated.copy(), truncated, {"psnr": self.psnr}

    def gains(self) -> np.ndarray:
        """The reward that each action would bring now, (n, actions), taking none: it needs the originals.

        For a greedy player who may look, and for labels; a policy must not.
        """
        self._check_running()
        after = [self._edited(np.full(len(self.pictures), action)) for action in range(len(ACTIONS))]
        gains = [_psnr(_through(self._planes, recipes), self._truth) - self.psnr for recipes in after]
        return np.where(self.terminated[:, None], 0, np.stack(gains, axis=1))

    @property
    def shown(self) -> np.ndarray:
        """The pictures as they now are, clipped to [0, 1]."""
        planes = self._now.clip(0, 1).reshape(len(self._now), 3, *self.pictures.shape[1:3])
        return np.moveaxis(planes, 1, -1)

    def _check_running(self):
        if self.moves is None:
            raise RuntimeError("there are no pictures yet: call reset() first")
        if self.terminated.all() or self.moves >= self.horizon:
            raise RuntimeError("every picture has ended: call reset()")

    def _edited(self, actions):
        """The recipes after one action a picture."""
        moves = _MOVES[actions].copy()
        low, high = self._extremes[:, 0], self._extremes[:, 1]
        black = (actions == ACTIONS.index("black point"))[:, None]
        white = (actions == ACTIONS.index("white point"))[:, None]
        slope = np.where(black, high / np.maximum(high - low, 0.05), np.where(white, 1 / np.maximum(high, 0.05), 1))
        moves[:, :3] *= slope[:, None]
        moves[:, 3] -= np.where(black, slope * low, 0)
        linear = self.recipes[:, :3] @ moves[:, :3]
        return np.concatenate([linear, self.recipes[:, 3:] @ moves[:, :3] + moves[:, 3:]], axis=1)

    def _look(self):
        self._now = _through(self._planes, self.recipes)
        self._extremes = np.stack([self._now.min(axis=-1), self._now.max(axis=-1)], axis=1)
        self.psnr = _psnr(self._now, self._truth)

    def _observation(self):
        n, (height, width) = len(self._now), self.pictures.shape[1:3]
        blocks = self._now.clip(0, 1).reshape(n, 3, self.side, height // self.side, self.side, width // self.side)
        thumbnail = np.moveaxis(blocks.mean(axis=3).mean(axis=-1), 1, -1)
        return {
            "thumbnail": thumbnail,
            "extremes": self._extremes.reshape(n, 6),
            "history": self._counts / self.horizon,
        }


def _psnr(planes, truth) -> np.ndarray:
    """PSNR of each picture in dB after clipping, (n,) float32; at most 60, as a perfect picture would have infinity."""
    wrong = np.clip(planes, 0, 1)
    wrong -= truth
    error = np.einsum("ncp,ncp->n", wrong, wrong) / truth[0].size
    return (-10 * np.log10(np.maximum(error, 1e-6))).astype(np.float32)


def play(env: Retouch, decide: Callable, random=None, label: bool = False) -> dict:
    """One game for every picture that `reset` deals, to the end.

    Parameters
    ----------
    env: an environment; it is reset first.
    decide: `decide([thumbnail, extremes, history]) -> (logits, values)`, (n, actions) and (n, 1).
    random: a NumPy generator, to draw actions from softmax(logits); without it always the likeliest action.
    label: note for every move what a greedy player who sees the originals would have done here.

    Returns arrays (moves, n, ...): what was observed, "logits", "values", "actions", "chances" (the logarithm of the
    probability of the action), "alive" (not over before the move), "rewards", "recipes" after the move, and
    "labels" where asked for.
    """
    (observation, _), moves = env.reset(), []
    while env.moves < env.horizon and not env.terminated.all():
        logits, values = (np.asarray(output, np.float32) for output in decide([*observation.values()]))
        # The largest of logits with Gumbel noise is a draw from their softmax.
        noise = 0 if random is None else random.gumbel(size=logits.shape)
        actions = np.argmax(logits + noise, axis=1)
        chances = np.take_along_axis(logits, actions[:, None], axis=1)[:, 0] - np.logaddexp.reduce(logits, axis=1)
        move = observation | {"logits": logits, "values": values[:, 0], "actions": actions, "chances": chances}
        move["alive"] = ~env.terminated
        if label:
            move["labels"] = env.gains().argmax(axis=1)
        observation, move["rewards"], *_ = env.step(actions)
        moves.append(move | {"recipes": env.recipes})
    return {key: np.stack([move[key] for move in moves]) for key in moves[0]}


def effective(game: dict) -> np.ndarray:
    """Which moves of a game, as of `play`, changed their picture by what a screen can show, (moves, n)."""
    before = np.concatenate([np.broadcast_to(np.eye(4, 3), game["recipes"][:1].shape), game["recipes"][:-1]])
    return (np.abs(game["recipes"] - before) > 1e-3).any(axis=(-2, -1))


def moves_used(game: dict) -> np.ndarray:
    """How many moves changed each picture of a game, (n,); a list of changes need not hold the others."""
    return effective(game).sum(axis=0)


def greedy(env: Retouch) -> dict:
    """The game, as of `play`, of a player who sees the originals and takes the move that gains most now."""
    return play(env, lambda seen: (env.gains(), np.zeros((len(env.pictures), 1))))


def look_ahead(pictures, originals):
    """What two moves can gain in dB, each (n,): the better of each move in turn, and the best of all pairs of moves."""
    env = Retouch((pictures, originals), horizon=2)
    in_turn, pairs = greedy(env)["rewards"].sum(axis=0), [0 * env.psnr]
    for first in range(1, len(ACTIONS)):
        env.reset()
        gained = env.step(np.full(len(pictures), first))[1]
        pairs.append(gained + env.gains().max(axis=1))
    return in_turn, np.max(pairs, axis=0)


def film(game: dict, pictures, originals, rows):
    """The moves of a game on some pictures: `(frames, titles)`, equally many of each for every row of `rows`.

    First the picture as it was given, then each effective move with its gain in dB, then the original with the PSNR
    reached, then white to fill up. `pictures` and `originals` (n, height, width, 3) may be larger than those played on.
    """
    frames, titles, changed = [], [], effective(game)[:, [*rows]]
    length = changed.sum(axis=0).max()
    for row, moved in zip(rows, changed.T, strict=True):
        given, steps = pictures[row], np.flatnonzero(moved)
        recipes = game["recipes"][steps, row]
        stages = [given, *[develop(given[None], recipe[None])[0].clip(0, 1) for recipe in recipes]]
        rest = length + 1 - len(stages)
        quality = [_psnr(_planes(stage[None]), _planes(originals[row][None]))[0] for stage in (given, stages[-1])]
        gains = zip(game["actions"][steps, row], game["rewards"][steps, row], strict=True)
        moves = [f"{ACTIONS[action]} {gain:+.1f}" for action, gain in gains]
        frames += [*stages, originals[row], *rest * [np.ones_like(given)]]
        titles += [f"broken {quality[0]:.1f} dB", *moves, f"original; reached {quality[1]:.1f}", *rest * [""]]
    return frames, titles


def in_any_amount(pixels, extremes, amounts):
    """What the actions do, all at once and in any amount, so that a gradient goes through: for a supervised network.

    Parameters
    ----------
    pixels: (n, height, width, 3) tensor in [0, 1].
    extremes: (n, 6), the darkest and the brightest value of each channel.
    amounts: (n, 7): how far to go with black point and white point (1: all the way); stops of light for red, green and
        blue; logarithms of contrast and of saturation. All 0 changes nothing.

    Returns pixels, not clipped.
    """
    ops = keras.ops
    amounts, extremes = amounts[:, None, None], extremes[:, None, None]
    black, white, contrast, colour = (amounts[..., i : i + 1] for i in (0, 1, 5, 6))
    low, high = black * extremes[..., :3], ops.maximum(extremes[..., 3:], 0.05)
    now = (pixels - low) * high / ops.maximum(high - low, 0.05) * ops.exp(-white * ops.log(high))
    # 0.315067 is ln(2) / 2.2: sRGB values for a stop of light
    now = 0.5 + (now * ops.exp(0.315067 * amounts[..., 2:5]) - 0.5) * ops.exp(contrast)
    grey = ops.mean(now, axis=-1, keepdims=True)
    return grey + (now - grey) * ops.exp(colour)


def adviser(look: Callable):
    """A supervised network that says seven amounts at once: `(model to train, model that says)`.

    `look(thumbnail, extremes, history)` returns features of tensors like those of an observation at 16 px. The first
    model takes pictures (n, 32, 32, 3) and returns them corrected; the second says what `in_any_amount` needs besides
    pixels of any size, `[extremes, amounts]`. Untrained, nothing is changed.
    """
    layers, small = keras.layers, keras.Input((32, 32, 3))
    extremes = keras.ops.concatenate([keras.ops.min(small, (1, 2)), keras.ops.max(small, (1, 2))], axis=1)
    features = look(
        layers.AveragePooling2D(2)(small),
        extremes,
        keras.ops.zeros_like(keras.ops.repeat(extremes[:, :1], len(ACTIONS), axis=1)),
    )
    amounts = layers.Dense(7, kernel_initializer="zeros", dtype="float32")(features)
    return keras.Model(small, in_any_amount(small, extremes, amounts)), keras.Model(small, [extremes, amounts])


def when(game: dict) -> np.ndarray:
    """The share of all pictures that each action stops or changes at each move of a game, (actions, moves)."""
    counts = effective(game) | (game["actions"] == 0) & game["alive"]
    chosen = (game["actions"][..., None] == np.arange(len(ACTIONS))) & counts[..., None]
    return chosen.mean(axis=1).T


def show_when(game: dict, description: str) -> None:
    """Draw `when`: a line an action, a column a move."""
    fig, axis = show.figure(7.5, 4.0)
    axis.grid(False)
    shares = when(game)
    drawn = axis.imshow(shares, cmap="Blues", vmin=0, aspect="auto")
    axis.set(xticks=range(shares.shape[1]), xticklabels=range(1, shares.shape[1] + 1), xlabel="move")
    axis.set(yticks=range(len(ACTIONS)), yticklabels=ACTIONS, title="What is done when")
    fig.colorbar(drawn, ax=axis, label="share of the pictures")
    show.finish(fig, description)


def show_returns(curves: dict, begins: dict, description: str) -> None:
    """Draw the return over the rounds, as a running mean over a twentieth of the longest training.

    `curves` maps a training's name to the mean gain of each round, in dB; `begins` names the trainings that went on
    from another, with the round from which they did. Those are drawn solid, the others dashed.
    """
    fig, axis = show.figure(9.0, 3.4)
    width = max(1, max(map(len, curves.values())) // 20)
    for name, curve in curves.items():
        means = np.convolve(curve, np.full(width, 1 / width), "valid")
        rounds = begins.get(name, 0) + width + np.arange(len(means))
        axis.plot(rounds, means, "-" if name in begins else "--", label=name)
    axis.set(xlabel="round", ylabel="gain of an episode (dB)", title="Return in training")
    axis.legend(fontsize=8, ncols=2)
    show.finish(fig, description)
