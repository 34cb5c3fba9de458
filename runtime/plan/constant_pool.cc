#include "runtime/plan/constant_pool.h"

#include <algorithm>
#include <atomic>
#include <string>
#include <utility>

#include "runtime/plan/arena.h"
#include "runtime/thread_pool.h"

namespace qrun::runtime {
namespace {

// Waking a thread for the first time costs about as much as packing this.
constexpr std::uint64_t kWorthSharing = std::uint64_t{512} << 10;
// After as many packed bytes the model's pages are given back.
constexpr std::uint64_t kPagesKept = std::uint64_t{256} << 10;

}  // namespace

Location ConstantPool::add(std::uint64_t bytes, Fill fill, std::string form) {
  // Cut only where pack() will refuse the sum.
  const Location location{Location::Space::kPlan, static_cast<std::size_t>(bytes_)};
  entries_.push_back({bytes_, bytes, std::move(fill), std::move(form)});
  bytes_ += align_up(bytes);
  return location;
}

std::string ConstantPool::form() const {
  std::string all;
  for (const Entry& entry : entries_) {
    all += std::to_string(entry.bytes) + ' ' + std::to_string(entry.form.size()) + ' ' + entry.form;
  }
  return all;
}

Result<AlignedBuffer> ConstantPool::pack(const Model& model, const Team& team) const {
  AlignedBuffer buffer = AlignedBuffer::allocate(bytes_);
  if (buffer.data() == nullptr) {
    return Status{QRUN_OUT_OF_MEMORY,
                  "the packed weights and tables need " + std::to_string(bytes_) + " bytes, more than there is memory"};
  }
  // The largest first, so that no thread is left with one at the end.
  std::vector<const Entry*> queue(entries_.size());
  std::transform(entries_.begin(), entries_.end(), queue.begin(), [](const Entry& entry) { return &entry; });
  std::stable_sort(queue.begin(), queue.end(), [](const Entry* a, const Entry* b) { return a->bytes > b->bytes; });

  std::atomic<std::size_t> next{0};
  std::atomic<std::uint64_t> packed{0};
  const auto fill_next = [&] {
    for (std::size_t i = next.fetch_add(1); i < queue.size(); i = next.fetch_add(1)) {
      const Entry& entry = *queue[i];
      entry.fill(buffer.data() + entry.offset);
      const std::uint64_t before = packed.fetch_add(entry.bytes);
      if (before / kPagesKept != (before + entry.bytes) / kPagesKept) model.release_pages();
    }
  };
  model.release_pages();  // checking and measuring have read all weights
  const int most = static_cast<int>(std::min<std::uint64_t>(bytes_ / kWorthSharing, entries_.size()));
  if (const int shared = std::min(team.threads, most); shared > 1) {
    if (auto pool = ThreadPool::create(team.first(shared)); pool.ok()) {
      using FillNext = decltype(fill_next);
      (*pool)->run([](const void* fill, std::int32_t, int) { (*static_cast<const FillNext*>(fill))(); }, &fill_next,
                   shared);
    }
  }
  fill_next();  // what is left: nothing, or everything
  return buffer;
}

}  // namespace qrun::runtime
