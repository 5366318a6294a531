// Bytes of a string that stand for themselves in JSON, told 16 at a time. Not plain are a quote, a backslash, a control
// character and whatever is not ASCII.
//
// In C, since Swift's SIMD types have no comparison that is one instruction: `.==` on SIMD16<UInt8> is a loop over lanes,
// 30 times slower than no vectors at all (Swift 6.3). SSE2 and NEON are part of every x86-64 and arm64 processor.
#ifndef PLAIN_TEXT_H
#define PLAIN_TEXT_H

#include <stddef.h>
#include <stdint.h>

#if defined(__SSE2__)
#include <emmintrin.h>

// The bytes that are not plain have all bits set.
static inline __m128i plain_text_exceptions(__m128i bytes) {
    // Signed, so that bytes from 0x80 on, being negative, are less than a space as control characters are.
    __m128i low = _mm_cmplt_epi8(bytes, _mm_set1_epi8(0x20));
    __m128i quotes = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"'));
    __m128i backslashes = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'));
    return _mm_or_si128(low, _mm_or_si128(quotes, backslashes));
}

// How many of the 16 bytes are plain before the first that is not.
static inline ptrdiff_t plain_text_prefix(const uint8_t *bytes) {
    __m128i found = plain_text_exceptions(_mm_loadu_si128((const __m128i *)bytes));
    return __builtin_ctz((unsigned)_mm_movemask_epi8(found) | 0x10000);
}

#elif defined(__ARM_NEON) && defined(__aarch64__)
#include <arm_neon.h>

// The bytes that are not plain have all bits set.
static inline uint8x16_t plain_text_exceptions(uint8x16_t bytes) {
    // Signed, so that bytes from 0x80 on, being negative, are less than a space as control characters are.
    uint8x16_t low = vcltq_s8(vreinterpretq_s8_u8(bytes), vdupq_n_s8(0x20));
    uint8x16_t quotes = vceqq_u8(bytes, vdupq_n_u8('"'));
    uint8x16_t backslashes = vceqq_u8(bytes, vdupq_n_u8('\\'));
    return vorrq_u8(low, vorrq_u8(quotes, backslashes));
}

// How many of the 16 bytes are plain before the first that is not.
static inline ptrdiff_t plain_text_prefix(const uint8_t *bytes) {
    // Four bits a byte: NEON has no movemask.
    uint16x8_t found = vreinterpretq_u16_u8(plain_text_exceptions(vld1q_u8(bytes)));
    uint64_t bits = vget_lane_u64(vreinterpret_u64_u8(vshrn_n_u16(found, 4)), 0);
    return bits ? __builtin_ctzll(bits) >> 2 : 16;
}

#else
#error "an order event pipeline for x86-64 and arm64, the processors that Lambda has"
#endif

// The index of the first byte from `start` on that is not plain, or `end`.
static inline ptrdiff_t plain_text_end(const uint8_t *bytes, ptrdiff_t start, ptrdiff_t end) {
    ptrdiff_t index = start;
    while (index + 16 <= end) {
        ptrdiff_t plain = plain_text_prefix(bytes + index);
        index += plain;
        if (plain < 16) return index;
    }
    while (index < end) {
        uint8_t byte = bytes[index];
        if (byte < 0x20 || byte >= 0x80 || byte == '"' || byte == '\\') break;
        index += 1;
    }
    return index;
}

#endif
