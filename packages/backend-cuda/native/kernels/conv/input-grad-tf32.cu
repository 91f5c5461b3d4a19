/** Convolutions as products in TF32, added up in float32: input grad. */
#include "products.cuh"

CONV_PRODUCT(conv_tf32_input_grad_large, conv_input_grad, ConvInputGradParams, tf32::Large, 2)
CONV_PRODUCT(conv_tf32_input_grad_tall, conv_input_grad, ConvInputGradParams, tf32::Tall, 3)
CONV_PRODUCT(conv_tf32_input_grad_medium, conv_input_grad, ConvInputGradParams, tf32::Medium, 4)
CONV_PRODUCT(conv_tf32_input_grad_narrow, conv_input_grad, ConvInputGradParams, tf32::Narrow, 4)
CONV_PRODUCT(conv_tf32_input_grad_small, conv_input_grad, ConvInputGradParams, tf32::Small, 8)
CONV_PRODUCT_ANY(conv_tf32_input_grad_medium, conv_input_grad, ConvInputGradParams, tf32::Medium, 4)
CONV_PRODUCT_ANY(conv_tf32_input_grad_small, conv_input_grad, ConvInputGradParams, tf32::Small, 8)
