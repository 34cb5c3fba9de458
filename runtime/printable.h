// Names come from files that anyone may have made: nothing in them may break a line or steer a terminal.

#pragma once

namespace qrun {

// '?' for a control character; bytes of UTF-8 sequences stay.
inline char printable_character(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? '?' : c; }

}  // namespace qrun
