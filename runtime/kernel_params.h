// The parameters of any kernel, by value: steps lie in one flat array.

#pragma once

#include <variant>

#include "kernels/kernels.h"

namespace qrun::runtime {

using KernelParams =
    std::variant<std::monostate, kernels::ConvParams, kernels::AddParams, kernels::LinearAddParams, kernels::MulParams,
                 kernels::PReluParams, kernels::RequantizeParams, kernels::LeakyReluParams, kernels::HardSwishParams,
                 kernels::PoolParams, kernels::ReduceParams, kernels::SoftmaxParams, kernels::ArgMaxParams,
                 kernels::CopyParams, kernels::FillParams, kernels::GatherParams, kernels::ResizeBilinearParams,
                 kernels::ResizeNearestParams>;

// What a kernel is given.
inline const void* params_of(const KernelParams& params) {
  return std::visit([](const auto& alternative) -> const void* { return &alternative; }, params);
}

}  // namespace qrun::runtime
