/** Convolutions as products in float32 with ieee arithmetic: forward. */
#include "products.cuh"

CONV_PRODUCT(conv_forward_large, conv_forward, ConvForwardParams, ieee::Large, 2)
CONV_PRODUCT(conv_forward_tall, conv_forward, ConvForwardParams, ieee::Tall, 4)
CONV_PRODUCT(conv_forward_medium, conv_forward, ConvForwardParams, ieee::Medium, 4)
CONV_PRODUCT(conv_forward_narrow, conv_forward, ConvForwardParams, ieee::Narrow, 4)
CONV_PRODUCT(conv_forward_small, conv_forward, ConvForwardParams, ieee::Small, 8)
CONV_PRODUCT_ANY(conv_forward_tall, conv_forward, ConvForwardParams, ieee::Tall, 4)
CONV_PRODUCT_ANY(conv_forward_medium, conv_forward, ConvForwardParams, ieee::Medium, 4)
CONV_PRODUCT_ANY(conv_forward_small, conv_forward, ConvForwardParams, ieee::Small, 8)
