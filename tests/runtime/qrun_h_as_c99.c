/* Compiled as strict C99 with warnings as errors: qrun.h promises to be C. */

#include "qrun/qrun.h"

size_t qrun_h_as_c99(const char* path);

size_t qrun_h_as_c99(const char* path) {
  qrun_model* model = NULL;
  qrun_status status;
  if (qrun_model_open(path, &model, &status) != QRUN_OK) return 0;
  size_t bytes = qrun_model_input(model, 0)->bytes;
  qrun_model_release(model);
  return bytes;
}
