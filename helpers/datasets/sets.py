"""What every loader returns: labelled pictures in three splits."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False, repr=False)
class Split:
    """Pictures and their labels, in the same order.

    Attributes
    ----------
    images: uint8, (n, height, width, 3) RGB or (n, height, width) grey, 0 to 255.
    labels: int64, (n,); `class_names[labels[i]]` names picture i.
    class_names: the names of all classes, also of those this split has no picture of.
    """

    images: np.ndarray
    labels: np.ndarray
    class_names: tuple[str, ...]

    def __post_init__(self):
        if self.labels.shape != self.images.shape[:1]:
            raise ValueError(f"{self.images.shape[0]} pictures need as many labels, not {self.labels.shape}")
        if len(self) and not 0 <= self.labels.min() <= self.labels.max() < len(self.class_names):
            raise ValueError(f"labels must lie between 0 and {len(self.class_names) - 1}")

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def counts(self) -> dict[str, int]:
        """How many pictures there are of each class, in the order of `class_names`."""
        numbers = np.bincount(self.labels, minlength=len(self.class_names))
        return dict(zip(self.class_names, numbers.tolist(), strict=True))

    def __repr__(self) -> str:
        shape = "x".join(map(str, self.images.shape[1:]))
        return f"Split({len(self):,} pictures of {shape} {self.images.dtype}, {len(self.class_names)} classes)"


@dataclass(frozen=True, eq=False, repr=False)
class Dataset:
    """Three splits that share no picture, with what a reader must know about where they come from.

    Attributes
    ----------
    train, validation, test: see `Split`. Choose on validation; look at test once.
    class_names: names of the classes; a label is an index into them.
    source: `"photos"`, `"catalogue"` (the stand-in when photos cannot be had) or `"fashion_mnist"`.
    licence: under which the pictures may be used.
    about: one sentence that says what they are.
    """

    train: Split
    validation: Split
    test: Split
    class_names: tuple[str, ...]
    source: str
    licence: str
    about: str

    def __repr__(self) -> str:
        sizes = " + ".join(f"{len(split):,}" for split in (self.train, self.validation, self.test))
        shape = "x".join(map(str, self.train.images.shape[1:]))
        return (
            f"Dataset({self.source}: {sizes} pictures of {shape} in train + validation + test, "
            f"{len(self.class_names)} classes)"
        )
