#ifndef CMALLOC_SHIM_H
#define CMALLOC_SHIM_H
/* Swift's Glibc leaves this header out. */
#include <malloc.h>
#endif
