// Pools, reductions and joins on reals, for nodes in either form.

#pragma once

#include "converter/onnx/node_reader.h"

namespace qrun::converter {

Value average(NodeReader& reader, const Value& x);         // by the node's window
Value global_average(NodeReader& reader, const Value& x);  // over all spatial axes, which stay as 1
Value concatenate(NodeReader& reader, const std::vector<Value>& parts);
// Along `axis`, or, as before operator set 13, along all axes from it on.
Value softmax_of(NodeReader& reader, const Value& x, std::int64_t axis, bool coerces);

}  // namespace qrun::converter
