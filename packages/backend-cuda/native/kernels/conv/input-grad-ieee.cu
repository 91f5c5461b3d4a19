/** Convolutions as products in float32 with ieee arithmetic: input grad. */
#include "products.cuh"

CONV_PRODUCT(conv_input_grad_large, conv_input_grad, ConvInputGradParams, ieee::Large, 2)
CONV_PRODUCT(conv_input_grad_tall, conv_input_grad, ConvInputGradParams, ieee::Tall, 4)
CONV_PRODUCT(conv_input_grad_medium, conv_input_grad, ConvInputGradParams, ieee::Medium, 4)
CONV_PRODUCT(conv_input_grad_narrow, conv_input_grad, ConvInputGradParams, ieee::Narrow, 4)
CONV_PRODUCT(conv_input_grad_small, conv_input_grad, ConvInputGradParams, ieee::Small, 8)
CONV_PRODUCT_ANY(conv_input_grad_medium, conv_input_grad, ConvInputGradParams, ieee::Medium, 4)
CONV_PRODUCT_ANY(conv_input_grad_small, conv_input_grad, ConvInputGradParams, ieee::Small, 8)
