"""What several notebooks build with. Every layer is serialisable and safe under mixed precision."""

from helpers.layers.attention import BlockAttention, SpatialGate, SqueezeExcite
from helpers.layers.bilateral_grid import BilateralGridSlice
from helpers.layers.convolution import ConvBlock, ResidualBlock
from helpers.layers.lookup_table import LookupTable3D, identity_table
from helpers.layers.partial import PartialConv2D
from helpers.layers.rearrange import DepthToSpace, SpaceToDepth
from helpers.layers.residual import Enlarge, ScaledResidualBlock
from helpers.layers.sampling import Sampling
from helpers.layers.soft_argmax import SoftArgmax2D, TopDown
from helpers.layers.thumbnail import ThumbnailEncoder

__all__ = [
    "BilateralGridSlice",
    "BlockAttention",
    "ConvBlock",
    "DepthToSpace",
    "Enlarge",
    "LookupTable3D",
    "PartialConv2D",
    "ResidualBlock",
    "Sampling",
    "ScaledResidualBlock",
    "SoftArgmax2D",
    "SpaceToDepth",
    "SpatialGate",
    "SqueezeExcite",
    "ThumbnailEncoder",
    "TopDown",
    "identity_table",
]
