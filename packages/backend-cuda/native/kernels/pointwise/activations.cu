#include "float-functions.cuh"
#include "rows.cuh"

#include "activation-rows.cuh"
