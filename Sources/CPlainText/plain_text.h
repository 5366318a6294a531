// Bytes of a string that stand for themselves in JSON, told 16 or 64 at a time. Not plain are a quote, a backslash, a control
// character and whatever is not ASCII.
//
// In C, since Swift's SIMD types have no comparison that is one instruction: `.==` on SIMD16<UInt8> is a loop over lanes,
// 30 times slower than no vectors at all (Swift 6.3). SSE2 and NEON are part of every x86-64 and arm64 processor.
#ifndef PLAIN_TEXT_H
#define PLAIN_TEXT_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(__SSE2__)
#include <emmintrin.h>

typedef __m128i plain_text_block;

static inline plain_text_block plain_text_load(const uint8_t *bytes) {
    return _mm_loadu_si128((const __m128i *)bytes);
}

static inline plain_text_block plain_text_words(uint64_t low, uint64_t high) {
    return _mm_set_epi64x((long long)high, (long long)low);
}

// The bytes that are not plain have all bits set.
static inline plain_text_block plain_text_exceptions(plain_text_block bytes) {
    // Signed, so that bytes from 0x80 on, being negative, are less than a space as control characters are.
    __m128i low = _mm_cmplt_epi8(bytes, _mm_set1_epi8(0x20));
    __m128i quotes = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"'));
    __m128i backslashes = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'));
    return _mm_or_si128(low, _mm_or_si128(quotes, backslashes));
}

// How many of the 16 bytes are plain before the first that is not.
static inline ptrdiff_t plain_text_count(plain_text_block bytes) {
    return __builtin_ctz((unsigned)_mm_movemask_epi8(plain_text_exceptions(bytes)) | 0x10000);
}

// Of 16 bytes a bit for each that is not plain, the first byte's lowest.
static inline uint64_t plain_text_bits(const uint8_t *bytes) {
    return (uint64_t)_mm_movemask_epi8(plain_text_exceptions(plain_text_load(bytes)));
}

// Of 64 bytes a bit for each that is not plain, the first byte's lowest.
static inline uint64_t plain_text_mask(const uint8_t *bytes) {
    return plain_text_bits(bytes) | plain_text_bits(bytes + 16) << 16 | plain_text_bits(bytes + 32) << 32
        | plain_text_bits(bytes + 48) << 48;
}

#elif defined(__ARM_NEON) && defined(__aarch64__)
#include <arm_neon.h>

typedef uint8x16_t plain_text_block;

static inline plain_text_block plain_text_load(const uint8_t *bytes) {
    return vld1q_u8(bytes);
}

static inline plain_text_block plain_text_words(uint64_t low, uint64_t high) {
    return vcombine_u8(vcreate_u8(low), vcreate_u8(high));
}

// The bytes that are not plain have all bits set.
static inline plain_text_block plain_text_exceptions(plain_text_block bytes) {
    // Signed, so that bytes from 0x80 on, being negative, are less than a space as control characters are.
    uint8x16_t low = vcltq_s8(vreinterpretq_s8_u8(bytes), vdupq_n_s8(0x20));
    uint8x16_t quotes = vceqq_u8(bytes, vdupq_n_u8('"'));
    uint8x16_t backslashes = vceqq_u8(bytes, vdupq_n_u8('\\'));
    return vorrq_u8(low, vorrq_u8(quotes, backslashes));
}

// How many of the 16 bytes are plain before the first that is not.
static inline ptrdiff_t plain_text_count(plain_text_block bytes) {
    // Four bits a byte: NEON has no movemask.
    uint16x8_t found = vreinterpretq_u16_u8(plain_text_exceptions(bytes));
    uint64_t bits = vget_lane_u64(vreinterpret_u64_u8(vshrn_n_u16(found, 4)), 0);
    return bits ? __builtin_ctzll(bits) >> 2 : 16;
}

// Of 64 bytes a bit for each that is not plain, the first byte's lowest.
static inline uint64_t plain_text_mask(const uint8_t *bytes) {
    // Each byte keeps the bit of its place among eight; pairs are added until eight bytes are one.
    const uint8x16_t places = vreinterpretq_u8_u64(vdupq_n_u64(0x8040201008040201));
    uint8x16_t first = vandq_u8(plain_text_exceptions(plain_text_load(bytes)), places);
    uint8x16_t second = vandq_u8(plain_text_exceptions(plain_text_load(bytes + 16)), places);
    uint8x16_t third = vandq_u8(plain_text_exceptions(plain_text_load(bytes + 32)), places);
    uint8x16_t fourth = vandq_u8(plain_text_exceptions(plain_text_load(bytes + 48)), places);
    uint8x16_t pairs = vpaddq_u8(vpaddq_u8(first, second), vpaddq_u8(third, fourth));
    return vgetq_lane_u64(vreinterpretq_u64_u8(vpaddq_u8(pairs, pairs)), 0);
}

#else
#error "an order event pipeline for x86-64 and arm64, the processors that Lambda has"
#endif

// How many of the 16 bytes are plain before the first that is not.
static inline ptrdiff_t plain_text_prefix(const uint8_t *bytes) {
    return plain_text_count(plain_text_load(bytes));
}

// The same as `plain_text_end`, of less than 16 bytes, looked at in two overlapping words: what is written is mostly that
// short, and byte by byte a line of the log with nine texts costs 420 instructions more.
static inline ptrdiff_t plain_text_short_end(const uint8_t *bytes, ptrdiff_t start, ptrdiff_t end) {
    ptrdiff_t count = end - start;
    if (count >= 8) {
        uint64_t head, tail;
        memcpy(&head, bytes + start, 8);
        memcpy(&tail, bytes + end - 8, 8);
        ptrdiff_t plain = plain_text_count(plain_text_words(head, tail));
        return plain < 8 ? start + plain : end - 16 + plain;
    }
    if (count >= 4) {
        uint32_t head, tail;
        memcpy(&head, bytes + start, 4);
        memcpy(&tail, bytes + end - 4, 4);
        uint64_t word = (uint64_t)tail << 32 | head;
        ptrdiff_t plain = plain_text_count(plain_text_words(word, word));
        return plain < 4 ? start + plain : plain < 8 ? end - 8 + plain : end;
    }
    for (ptrdiff_t index = start; index < end; index++) {
        uint8_t byte = bytes[index];
        if (byte < 0x20 || byte >= 0x80 || byte == '"' || byte == '\\') return index;
    }
    return end;
}

// The index of the first byte from `start` on that is not plain, or `end`.
static inline ptrdiff_t plain_text_end(const uint8_t *bytes, ptrdiff_t start, ptrdiff_t end) {
    ptrdiff_t index = start;
    while (index + 16 <= end) {
        ptrdiff_t plain = plain_text_prefix(bytes + index);
        index += plain;
        if (plain < 16) return index;
    }
    return plain_text_short_end(bytes, index, end);
}

// Copies the plain bytes that a text begins with, and gives how many there are. The room has as many bytes as the text:
// blocks are copied whole, and what stands behind the plain bytes is written over later.
static inline ptrdiff_t plain_text_copy(const uint8_t *bytes, ptrdiff_t count, uint8_t *room) {
    ptrdiff_t index = 0;
    while (index + 16 <= count) {
        memcpy(room + index, bytes + index, 16);
        ptrdiff_t plain = plain_text_prefix(bytes + index);
        index += plain;
        if (plain < 16) return index;
    }
    ptrdiff_t end = plain_text_short_end(bytes, index, count);
    for (; index < end; index++) room[index] = bytes[index];
    return end;
}

#endif
