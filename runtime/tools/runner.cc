#include "runtime/tools/runner.h"

#include <fmt/format.h>

#include <utility>

#include "runtime/tools/answer.h"
#include "runtime/tools/common/command.h"
#include "runtime/tools/common/hex.h"
#include "runtime/tools/common/progress.h"
#include "runtime/tools/common/table.h"

namespace qrun::tools {

Runner::Runner(const Options& options, const Model& model)
    : options_(options), model_(model), ranking_(first_output_ranking(model, options.top_k, options.labels)) {
  if (!options.outputs.empty() && options.outputs.size() != model.output_count()) {
    throw wrong_usage(
        "-o", fmt::format("{} given, the model has {}; give -o FILE once for each of: {}", options.outputs.size(),
                          counted(model.output_count(), "output"), outputs_text(model)));
  }
  for (const std::string& path : options.outputs) files_.emplace_back(path);
}

void Runner::run(Session& session, Samples& samples) {
  Progress progress(samples.count());
  const auto batch = static_cast<std::size_t>(session.batch());
  for (std::size_t i = 0; i < samples.count(); ++i) {
    if (i % batch == 0) {
      samples.load(session, i);
      if (i + batch >= samples.count() && options_.repeat == 0 && !options_.profile) samples.release();
      session.run();
    }
    take_outputs(session, i % batch, samples.count() > 1 ? fmt::format("{}  ", i) : "");
    progress.advance();
  }
  digest_text_ = hex(digest_.finish());
  for (OutputFile& file : files_) file.close();
  for (OutputFile& file : files_) file.commit();
}

void Runner::take_outputs(const Session& session, std::size_t index, const std::string& sample_prefix) {
  const Ranking unranked;
  Json outputs = Json::array();
  for (std::size_t i = 0; i < model_.output_count(); ++i) {
    const TensorInfo info = model_.output(i);
    const auto bytes = session.output<std::byte>(i).subspan(index * info.bytes(), info.bytes());
    const Ranking& ranking = i == 0 ? ranking_ : unranked;
    digest_.update(bytes);
    if (!files_.empty()) files_[i].write(bytes);
    if (options_.json) {
      outputs.push_back(to_json(info, bytes, ranking));
    } else if (options_.summary() && sample_prefix.empty()) {
      summary_ += describe(info, bytes, ranking);
    } else if (options_.summary()) {
      summary_ += sample_prefix + describe_briefly(info, bytes, ranking) + "\n";
    }
  }
  if (options_.json) results_.push_back({{"outputs", std::move(outputs)}});
}

}  // namespace qrun::tools
