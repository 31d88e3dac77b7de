// Parameters of Pooling.
#pragma once

#include "ops/nn/data_layout.h"
#include "ops/nn/pooling_geometry.h"

namespace tenon {

enum class PoolingConvention : int32_t { kValid, kFull, kSame };

struct PoolingParams {
  Shape kernel, stride, pad;
  PoolType pool_type;
  bool global_pool;
  bool cudnn_off;
  PoolingConvention pooling_convention;
  Optional<int32_t> p_value;
  Optional<bool> count_include_pad;
  Optional<DataLayout> layout;
  Optional<Shape> output_size;

  static void describe(ParamSchema<PoolingParams>& s) {
    const Shape unset = Shape::scalar();
    s.field("kernel", &PoolingParams::kernel, "Extents of the window; not needed with global_pool.")
        .defaultTo(unset)
        .atLeast(1);
    s.field("pool_type", &PoolingParams::pool_type, "What is taken of each window.")
        .options({{"avg", PoolType::kAvg},
                  {"lp", PoolType::kLp},
                  {"max", PoolType::kMax},
                  {"sum", PoolType::kSum}})
        .defaultTo(PoolType::kMax);
    s.field("global_pool", &PoolingParams::global_pool,
            "One window over everything; kernel, stride and pad are ignored.")
        .defaultTo(false);
    s.field("cudnn_off", &PoolingParams::cudnn_off, "Accepted for MXNet's sake.").defaultTo(false);
    s.field("pooling_convention", &PoolingParams::pooling_convention,
            "How many windows there are: only whole ones (valid), also a last partial one (full), "
            "one for each step (same).")
        .options({{"full", PoolingConvention::kFull},
                  {"same", PoolingConvention::kSame},
                  {"valid", PoolingConvention::kValid}})
        .defaultTo(PoolingConvention::kValid);
    s.field("stride", &PoolingParams::stride, "Step of the window along each axis; 1 if left out.")
        .defaultTo(unset)
        .atLeast(1);
    s.field("pad", &PoolingParams::pad, "Padding before and after each axis; 0 if left out.")
        .defaultTo(unset)
        .atLeast(0);
    s.field("p_value", &PoolingParams::p_value, "The p of lp pooling.").range(1, 3);
    s.field("count_include_pad", &PoolingParams::count_include_pad,
            "Whether an average counts padding as zeros; it does by default.");
    s.field("layout", &PoolingParams::layout,
            "Order of the data's axes; channels first by default.")
        .options({{"NCW", DataLayout::kNcw},
                  {"NCHW", DataLayout::kNchw},
                  {"NCDHW", DataLayout::kNcdhw},
                  {"NWC", DataLayout::kNwc},
                  {"NHWC", DataLayout::kNhwc},
                  {"NDHWC", DataLayout::kNdhwc}});
    s.field("output_size", &PoolingParams::output_size, "Accepted for MXNet's sake.");
  }
};

}  // namespace tenon
