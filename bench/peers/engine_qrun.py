"""qrun as a worker runs it: its C interface through ctypes, timed by the C loop beside it."""

import ctypes

from peers import calls


class Status(ctypes.Structure):
    _fields_ = [("code", ctypes.c_int32), ("operator_index", ctypes.c_int32), ("message", ctypes.c_char * 496)]


class TensorInfo(ctypes.Structure):  # the first members of qrun_tensor_info
    _fields_ = [("name", ctypes.c_char_p), ("shape", ctypes.c_void_p), ("rank", ctypes.c_size_t),
                ("dtype", ctypes.c_int32), ("bytes", ctypes.c_size_t)]


class PlanOptions(ctypes.Structure):  # zeros are the defaults
    _fields_ = [("isa", ctypes.c_char_p), ("threads", ctypes.c_int32), ("preserve_inputs", ctypes.c_int32),
                ("bands", ctypes.c_int32), ("band_rows", ctypes.c_int32), ("batch", ctypes.c_int32),
                ("pack_cache", ctypes.c_char_p), ("cpu_list", ctypes.c_char_p)]


def load_library():
    """The library with the types of the functions used here."""
    library = calls.load_library()
    for name in ("qrun_model_input", "qrun_model_output"):
        getattr(library, name).restype = ctypes.POINTER(TensorInfo)
    for name in ("qrun_session_input", "qrun_session_output"):
        getattr(library, name).restype = ctypes.c_void_p
    for name in ("qrun_plan_isa", "qrun_version"):
        getattr(library, name).restype = ctypes.c_char_p
    library.qrun_model_output_count.restype = ctypes.c_size_t
    return library


class Engine:
    def __init__(self, path, threads, isa=None):
        self.library = load_library()
        model = self._create("qrun_model_open", path.encode())
        options = PlanOptions(isa=isa.encode() if isa else None, threads=threads)
        plan = self._create("qrun_plan_create", model, ctypes.byref(options))
        self.session = self._create("qrun_session_create", plan, None, ctypes.c_size_t(0))
        self.model = model
        self.details = {"version": self.library.qrun_version().decode(), "isa": self.library.qrun_plan_isa(plan).decode()}

    def _create(self, function, *arguments):
        """Calls a function whose last two arguments are the object made and a status."""
        made, status = ctypes.c_void_p(), Status()
        if getattr(self.library, function)(*arguments, ctypes.byref(made), ctypes.byref(status)):
            raise RuntimeError(status.message.decode())
        return made

    def set_inputs(self, inputs):
        for index, data in enumerate(inputs):
            ctypes.memmove(self.library.qrun_session_input(self.session, ctypes.c_size_t(index)), data, len(data))

    def run(self, count):
        return calls.nanoseconds(self.library, self.library.qrun_session_run, self.session, count)

    def outputs(self):
        outputs = []
        for index in range(self.library.qrun_model_output_count(self.model)):
            size = self.library.qrun_model_output(self.model, ctypes.c_size_t(index)).contents.bytes
            outputs.append(ctypes.string_at(self.library.qrun_session_output(self.session, ctypes.c_size_t(index)), size))
        return outputs
