#include <qrun/qrun.h>
#include <stdio.h>

int main(void) {
  qrun_model* model = NULL;
  qrun_status status;
  if (qrun_model_open("/nonexistent.qfb", &model, &status) != QRUN_IO_ERROR) return 1;
  printf("%s\n", qrun_version());
  return 0;
}
