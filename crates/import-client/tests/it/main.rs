//! The library and the command against a server that answers from a script.
