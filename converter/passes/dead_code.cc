// Walks backwards: an operator lives if a graph output or a living operator reads what it writes.

#include <algorithm>
#include <utility>

#include "converter/passes/passes.h"

namespace qrun::converter {

void drop_dead_code(Graph& graph) {
  std::vector<bool> needed(graph.tensors.size(), false);
  for (const TensorId output : graph.outputs) needed[output] = true;
  std::vector<Operator> living;
  for (auto op = graph.operators.rbegin(); op != graph.operators.rend(); ++op) {
    if (std::none_of(op->outputs.begin(), op->outputs.end(), [&](TensorId id) { return needed[id]; })) continue;
    for (const TensorId input : op->inputs) {
      if (input != kAbsent) needed[input] = true;
    }
    living.push_back(std::move(*op));
  }
  std::reverse(living.begin(), living.end());
  graph.operators = std::move(living);
}

}  // namespace qrun::converter
