#include <zlib.h>

// `deflateInit2` is a macro. 16 more bits of window stand for the format of gzip in place of zlib's own.
static inline int shim_gzip_begin(z_stream *stream, int level) {
  return deflateInit2(stream, level, Z_DEFLATED, MAX_WBITS + 16, MAX_MEM_LEVEL, Z_DEFAULT_STRATEGY);
}
