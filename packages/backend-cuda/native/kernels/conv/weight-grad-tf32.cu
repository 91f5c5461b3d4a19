/** Convolutions as products in TF32, added up in float32: weight grad. */
#include "products.cuh"

CONV_PRODUCT(conv_tf32_weight_grad_large, conv_weight_grad, ConvWeightGradParams, tf32::Large, 2)
CONV_PRODUCT(conv_tf32_weight_grad_tall, conv_weight_grad, ConvWeightGradParams, tf32::Tall, 3)
CONV_PRODUCT(conv_tf32_weight_grad_wide, conv_weight_grad, ConvWeightGradParams, tf32::Wide, 3)
CONV_PRODUCT(conv_tf32_weight_grad_medium, conv_weight_grad, ConvWeightGradParams, tf32::Medium, 4)
CONV_PRODUCT(conv_tf32_weight_grad_narrow, conv_weight_grad, ConvWeightGradParams, tf32::Narrow, 4)
CONV_PRODUCT(conv_tf32_weight_grad_small, conv_weight_grad, ConvWeightGradParams, tf32::Small, 8)
CONV_PRODUCT_ANY(conv_tf32_weight_grad_medium, conv_weight_grad, ConvWeightGradParams, tf32::Medium, 4)
CONV_PRODUCT_ANY(conv_tf32_weight_grad_small, conv_weight_grad, ConvWeightGradParams, tf32::Small, 8)
CONV_PRODUCT_FIRST(conv_tf32_weight_grad_medium, conv_weight_grad, ConvWeightGradParams, tf32::Medium, 4)
