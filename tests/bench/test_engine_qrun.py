"""The structs that Python hands to the library are those of its header."""

import pathlib
import re
import unittest

from peers import engine_qrun

HEADER = pathlib.Path(__file__).parents[2] / "runtime/include/qrun/qrun.h"


def members_of(struct):
    """The names of a C struct's members, in order."""
    text = re.sub(r"/\*.*?\*/", "", HEADER.read_text(), flags=re.S)
    body = re.search(rf"typedef struct {struct} \{{(.*?)\}} {struct};", text, re.S)[1]
    return re.findall(r"(\w+)(?:\[\d+\])?;", body)


class Structs(unittest.TestCase):
    def test_have_the_members_of_the_header(self):
        for struct, name in ((engine_qrun.Status, "qrun_status"), (engine_qrun.PlanOptions, "qrun_plan_options")):
            self.assertEqual([field for field, _ in struct._fields_], members_of(name))

    def test_tensor_info_is_its_first_members(self):
        names = [field for field, _ in engine_qrun.TensorInfo._fields_]
        self.assertEqual(names, members_of("qrun_tensor_info")[:len(names)])


if __name__ == "__main__":
    unittest.main()
