/// What goes into a compressor, and what comes out of it.
final class Pieces {
  let input: UnsafeMutableRawBufferPointer
  let output: UnsafeMutableRawBufferPointer

  init(taking: Int, giving: Int) {
    input = .allocate(byteCount: taking, alignment: 64)
    output = .allocate(byteCount: giving, alignment: 64)
  }

  deinit {
    input.deallocate()
    output.deallocate()
  }
}
