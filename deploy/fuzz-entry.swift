// swiftc wants a source file to link; libFuzzer's main function calls into the library beside it.
