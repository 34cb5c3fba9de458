// The one list of the schema's operators in the loader.

#include "runtime/verify/operators.h"

#include "runtime/model.h"

namespace qrun::runtime::verify {
namespace {

template <class Params>
Status check_as(const qfb::Operator& table, const OperatorView& op) {
  return check(*static_cast<const Params*>(table.parameters()), op);
}

}  // namespace

Status check(const qfb::Operator& table, const OperatorView& op) {
  if (table.parameters() == nullptr) return refuse("its parameters are missing");
  switch (table.parameters_type()) {
    case qfb::Parameters::Conv2D:
      return check_as<qfb::Conv2D>(table, op);
    case qfb::Parameters::DepthwiseConv2D:
      return check_as<qfb::DepthwiseConv2D>(table, op);
    case qfb::Parameters::FullyConnected:
      return check_as<qfb::FullyConnected>(table, op);
    case qfb::Parameters::Add:
      return check_as<qfb::Add>(table, op);
    case qfb::Parameters::Mul:
      return check_as<qfb::Mul>(table, op);
    case qfb::Parameters::PRelu:
      return check_as<qfb::PRelu>(table, op);
    case qfb::Parameters::Requantize:
      return check_as<qfb::Requantize>(table, op);
    case qfb::Parameters::LeakyRelu:
      return check_as<qfb::LeakyRelu>(table, op);
    case qfb::Parameters::HardSwish:
      return check_as<qfb::HardSwish>(table, op);
    case qfb::Parameters::Lookup:
      return check_as<qfb::Lookup>(table, op);
    case qfb::Parameters::Pool2D:
      return check_as<qfb::Pool2D>(table, op);
    case qfb::Parameters::Reduce:
      return check_as<qfb::Reduce>(table, op);
    case qfb::Parameters::Softmax:
      return check_as<qfb::Softmax>(table, op);
    case qfb::Parameters::ArgMax:
      return check_as<qfb::ArgMax>(table, op);
    case qfb::Parameters::Reshape:
      return check_as<qfb::Reshape>(table, op);
    case qfb::Parameters::Transpose:
      return check_as<qfb::Transpose>(table, op);
    case qfb::Parameters::Slice:
      return check_as<qfb::Slice>(table, op);
    case qfb::Parameters::Concatenation:
      return check_as<qfb::Concatenation>(table, op);
    case qfb::Parameters::Pad:
      return check_as<qfb::Pad>(table, op);
    case qfb::Parameters::Tile:
      return check_as<qfb::Tile>(table, op);
    case qfb::Parameters::Gather:
      return check_as<qfb::Gather>(table, op);
    case qfb::Parameters::ResizeBilinear:
      return check_as<qfb::ResizeBilinear>(table, op);
    case qfb::Parameters::ResizeNearest:
      return check_as<qfb::ResizeNearest>(table, op);
    case qfb::Parameters::NONE:
      break;
  }
  return refuse("its type, number ", static_cast<std::int64_t>(table.parameters_type()),
                ", is not one that format version ", kFormatVersion, " has");
}

}  // namespace qrun::runtime::verify
