// The names of unfinished files, removed where a signal (Ctrl-C, SIGTERM, SIGHUP) ends the command.
//
// A signal handler may call little: the names lie in a fixed array of atomic pointers, and the handler only unlinks.

#pragma once

namespace qrun::tools::temporaries {

// `path` must live until it is removed from the list. More names than the array holds are left to the destructors.
void add(const char* path);
void remove(const char* path);

}  // namespace qrun::tools::temporaries
