#include "converter/execution_order.h"

#include <algorithm>
#include <queue>

#include "converter/refusal.h"

namespace qrun::converter {

std::vector<std::size_t> execution_order(const std::vector<std::vector<TensorId>>& inputs,
                                         const std::vector<std::vector<TensorId>>& outputs, std::size_t tensors,
                                         const std::function<std::string(std::size_t)>& name) {
  std::vector<std::vector<std::size_t>> readers(tensors);
  std::vector<std::size_t> waiting_for(inputs.size(), 0), order;
  std::vector<bool> from_operator(tensors, false);
  for (const auto& written : outputs) {
    for (const TensorId output : written) {
      if (output != kAbsent) from_operator[output] = true;
    }
  }
  std::priority_queue<std::size_t, std::vector<std::size_t>, std::greater<>> ready;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    for (const TensorId input : inputs[i]) {
      if (input == kAbsent || !from_operator[input]) continue;
      readers[input].push_back(i);
      ++waiting_for[i];
    }
    if (waiting_for[i] == 0) ready.push(i);
  }
  while (!ready.empty()) {
    order.push_back(ready.top());
    ready.pop();
    for (const TensorId output : outputs[order.back()]) {
      if (output == kAbsent) continue;
      for (const std::size_t reader : readers[output]) {
        if (--waiting_for[reader] == 0) ready.push(reader);
      }
    }
  }
  if (order.size() == inputs.size()) return order;
  const auto stuck = std::find_if(waiting_for.begin(), waiting_for.end(), [](std::size_t n) { return n > 0; });
  refuse("{} waits for its own output: the graph has a cycle",
         name(static_cast<std::size_t>(stuck - waiting_for.begin())));
}

}  // namespace qrun::converter
