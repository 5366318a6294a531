#ifndef CZLIB_SHIM_H
#define CZLIB_SHIM_H
#include <zlib.h>

/* deflateInit2 is a macro, which Swift cannot call. 16 added to the window bits asks for a gzip header and trailer. */
static inline int czlib_deflateInitGzip(z_streamp stream, int level) {
    return deflateInit2(stream, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
}

/* The counterpart, for reading archives back: gzip only. */
static inline int czlib_inflateInitGzip(z_streamp stream) {
    return inflateInit2(stream, 15 + 16);
}
#endif
