#include "converter/passes/passes.h"

namespace qrun::converter {

void run_passes(Graph& graph) {
  absorb_float_edges(graph);
  drop_no_ops(graph);
  fold_padding(graph);
  fold_transposes(graph);
  drop_dead_code(graph);
}

}  // namespace qrun::converter
