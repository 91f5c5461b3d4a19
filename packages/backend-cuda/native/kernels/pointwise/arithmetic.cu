#include "float-functions.cuh"
#include "rows.cuh"

#include "arithmetic-rows.cuh"
