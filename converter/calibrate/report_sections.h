// The parts of the report's page, in their order.

#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string_view>
#include <vector>

#include "converter/calibrate/html.h"
#include "converter/calibrate/report.h"

namespace qrun::converter::calibrate {

Html summary(const Report& report);  // verdict, facts, warnings
Html outputs(const Report& report);  // agreement with float
// The weakest layers, but good ones only where something was tried for them or there would be hardly any. Their cards'
// ids are "w1", "w2", ...
std::vector<std::size_t> layers_with_cards(const Report& report);
Html weakest_layers(const Report& report);
Html all_layers(const Report& report);
Html all_tensors(const Report& report);

// Where in report.tensors a name is, first of its like. Borrows the report.
std::map<std::string_view, std::size_t> tensor_indices(const Report& report);

// "[1,49,10,1]"
std::string extents_text(const std::vector<std::int32_t>& shape);

}  // namespace qrun::converter::calibrate
