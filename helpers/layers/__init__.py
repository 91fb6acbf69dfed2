"""What several notebooks build with. Every layer is serialisable and safe under mixed precision."""

from helpers.layers.bilateral_grid import BilateralGridSlice
from helpers.layers.convolution import ConvBlock, ResidualBlock
from helpers.layers.lookup_table import LookupTable3D, identity_table
from helpers.layers.partial import PartialConv2D
from helpers.layers.rearrange import DepthToSpace, SpaceToDepth
from helpers.layers.residual import Enlarge, ScaledResidualBlock
from helpers.layers.sampling import Sampling
from helpers.layers.thumbnail import ThumbnailEncoder

__all__ = [
    "BilateralGridSlice",
    "ConvBlock",
    "DepthToSpace",
    "Enlarge",
    "LookupTable3D",
    "PartialConv2D",
    "ResidualBlock",
    "Sampling",
    "ScaledResidualBlock",
    "SpaceToDepth",
    "ThumbnailEncoder",
    "identity_table",
]
