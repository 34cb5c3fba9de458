#include <cstdio>
#include <qrun/qrun.hpp>

int main() {
  const qrun::Result<qrun::Model> model = qrun::Model::from_file("/nonexistent.qfb");
  if (model || model.status().code() != QRUN_IO_ERROR) return 1;
  std::printf("%s\n", qrun_version());
  return 0;
}
