/** Convolutions as products in float32 with ieee arithmetic: weight grad. */
#include "products.cuh"

CONV_PRODUCT(conv_weight_grad_large, conv_weight_grad, ConvWeightGradParams, ieee::Large, 2)
CONV_PRODUCT(conv_weight_grad_tall, conv_weight_grad, ConvWeightGradParams, ieee::Tall, 4)
CONV_PRODUCT(conv_weight_grad_wide, conv_weight_grad, ConvWeightGradParams, ieee::Wide, 4)
CONV_PRODUCT(conv_weight_grad_medium, conv_weight_grad, ConvWeightGradParams, ieee::Medium, 4)
CONV_PRODUCT(conv_weight_grad_narrow, conv_weight_grad, ConvWeightGradParams, ieee::Narrow, 4)
CONV_PRODUCT(conv_weight_grad_small, conv_weight_grad, ConvWeightGradParams, ieee::Small, 8)
CONV_PRODUCT_ANY(conv_weight_grad_medium, conv_weight_grad, ConvWeightGradParams, ieee::Medium, 4)
CONV_PRODUCT_ANY(conv_weight_grad_small, conv_weight_grad, ConvWeightGradParams, ieee::Small, 8)
CONV_PRODUCT_FIRST(conv_weight_grad_medium, conv_weight_grad, ConvWeightGradParams, ieee::Medium, 4)
