/** Convolutions as products in TF32, added up in float32: forward. */
#include "products.cuh"

CONV_PRODUCT(conv_tf32_forward_large, conv_forward, ConvForwardParams, tf32::Large, 2)
CONV_PRODUCT(conv_tf32_forward_tall, conv_forward, ConvForwardParams, tf32::Tall, 3)
CONV_PRODUCT(conv_tf32_forward_medium, conv_forward, ConvForwardParams, tf32::Medium, 4)
CONV_PRODUCT(conv_tf32_forward_narrow, conv_forward, ConvForwardParams, tf32::Narrow, 4)
CONV_PRODUCT(conv_tf32_forward_small, conv_forward, ConvForwardParams, tf32::Small, 8)
CONV_PRODUCT_ANY(conv_tf32_forward_tall, conv_forward, ConvForwardParams, tf32::Tall, 3)
CONV_PRODUCT_ANY(conv_tf32_forward_medium, conv_forward, ConvForwardParams, tf32::Medium, 4)
CONV_PRODUCT_ANY(conv_tf32_forward_small, conv_forward, ConvForwardParams, tf32::Small, 8)
