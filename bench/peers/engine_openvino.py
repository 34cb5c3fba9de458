"""OpenVINO as a worker runs it: its C interface through ctypes, timed by the same C loop as qrun.

A cap on the instruction set is oneDNN's ONEDNN_MAX_CPU_ISA; OpenVINO then has to be told float32, because its default
asks the CPU itself for bfloat16.
"""

import ctypes
import importlib.util
import os
import pathlib
from importlib.metadata import version

from peers import calls


class Engine:
    def __init__(self, path, threads):
        package = pathlib.Path(importlib.util.find_spec("openvino").submodule_search_locations[0])
        self.openvino = ctypes.CDLL(str(next((package / "libs").glob("libopenvino_c.so*"))))
        self.loop = calls.load_library()
        core, compiled, self.request = ctypes.c_void_p(), ctypes.c_void_p(), ctypes.c_void_p()
        self._call("ov_core_create", ctypes.byref(core))
        properties = {"PERFORMANCE_HINT": "LATENCY", "NUM_STREAMS": "1", "INFERENCE_NUM_THREADS": str(threads),
                      "ENABLE_CPU_PINNING": "NO"}  # the worker is pinned already
        if "ONEDNN_MAX_CPU_ISA" in os.environ:
            properties["INFERENCE_PRECISION_HINT"] = "f32"
        strings = [text.encode() for item in properties.items() for text in item]
        self._call("ov_core_compile_model_from_file", core, path.encode(), b"CPU", ctypes.c_size_t(len(strings)),
                   ctypes.byref(compiled), *strings)
        self._call("ov_compiled_model_create_infer_request", compiled, ctypes.byref(self.request))
        self.compiled = compiled
        self.details = {"version": version("openvino")}

    def _call(self, function, *arguments):
        if getattr(self.openvino, function)(*arguments):
            self.openvino.ov_get_last_err_msg.restype = ctypes.c_char_p
            raise RuntimeError(f"{function}: {(self.openvino.ov_get_last_err_msg() or b'').decode()}")

    def _data(self, side, index):
        """Address and size in bytes of an input or output."""
        tensor, address, size = ctypes.c_void_p(), ctypes.c_void_p(), ctypes.c_size_t()
        self._call(f"ov_infer_request_get_{side}_tensor_by_index", self.request, ctypes.c_size_t(index), ctypes.byref(tensor))
        self._call("ov_tensor_data", tensor, ctypes.byref(address))
        self._call("ov_tensor_get_byte_size", tensor, ctypes.byref(size))
        return address, size.value

    def set_inputs(self, inputs):
        for index, data in enumerate(inputs):
            address, size = self._data("input", index)
            assert size == len(data), (size, len(data))
            ctypes.memmove(address, data, size)
        self._call("ov_infer_request_infer", self.request)  # here an error is seen; the timing loop ignores it

    def run(self, count):
        return calls.nanoseconds(self.loop, self.openvino.ov_infer_request_infer, self.request, count)

    def outputs(self):
        count = ctypes.c_size_t()
        self._call("ov_compiled_model_outputs_size", self.compiled, ctypes.byref(count))
        return [ctypes.string_at(*self._data("output", index)) for index in range(count.value)]
