#define _DEFAULT_SOURCE /* for syscall() */
#include "rnn/bf16_kernels.h"

#ifdef __AMX_BF16__

#include <cpuid.h>
#include <immintrin.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ROWS      PINNA_TILE_ROWS
#define K         PINNA_TILE_K
#define ROW_BYTES 64

/* The tile registers: sums in 0 to 3, A in 4 and 5, B in 6 and 7; the macros
 * below want their numbers as constants. */
#define N_REGISTERS 8

/* As the instruction LDTILECFG reads it. */
struct tile_config {
    uint8_t palette, start_row, reserved[14];
    uint16_t row_bytes[16];
    uint8_t n_rows[16];
};

static size_t count_tiles(size_t k)
{
    return (k + K - 1) / K;
}

static __mmask16 first_lanes(size_t n)
{
    return (__mmask16)(n >= ROWS ? 0xffff : (1U << n) - 1);
}

/* 32 numbers, those of low first, to a row of a tile. */
static void store_row(__m512 low, __m512 high, uint16_t *row)
{
    _mm512_storeu_si512(row, (__m512i)_mm512_cvtne2ps_pbh(high, low));
}

static void pack_rows(const float *from, size_t stride, size_t n_rows, size_t k,
                      uint16_t *panel)
{
    for (size_t i = 0; i < k; i += K, panel += PINNA_TILE)
        for (size_t row = 0; row < ROWS; row++) {
            const float *at = from + row * stride + i;
            const size_t left = row < n_rows ? k - i : 0;
            const __mmask16 low = first_lanes(left);
            const __mmask16 high = first_lanes(left > ROWS ? left - ROWS : 0);
            store_row(_mm512_maskz_loadu_ps(low, at),
                      high ? _mm512_maskz_loadu_ps(high, at + ROWS)
                           : _mm512_setzero_ps(),
                      panel + row * K);
        }
}

static void pack_pairs(const float *from, size_t stride, size_t n_cols,
                       size_t k, uint16_t *panel)
{
    const __mmask16 cols = first_lanes(n_cols);
    const size_t n_pairs = count_tiles(k) * ROWS;

    for (size_t pair = 0; pair < n_pairs; pair++) {
        const float *at = from + 2 * pair * stride;
        const __m512 even = 2 * pair < k ? _mm512_maskz_loadu_ps(cols, at)
                                         : _mm512_setzero_ps();
        const __m512 odd = 2 * pair + 1 < k
                               ? _mm512_maskz_loadu_ps(cols, at + stride)
                               : _mm512_setzero_ps();
        /* Each to the halves of its 32-bit lanes. */
        const __m512i low =
            _mm512_cvtepu16_epi32((__m256i)_mm512_cvtneps_pbh(even));
        const __m512i high =
            _mm512_cvtepu16_epi32((__m256i)_mm512_cvtneps_pbh(odd));
        _mm512_storeu_si512(panel + pair * K,
                            _mm512_or_si512(low, _mm512_slli_epi32(high, 16)));
    }
}

/* 16 x 16 of 32 bits: pairs, then quads of rows within lanes of 128 bits, then
 * the lanes. */
static void flip_tile(uint16_t *tile)
{
    __m512i r[ROWS], s[ROWS];

    for (size_t i = 0; i < ROWS; i++)
        r[i] = _mm512_loadu_si512(tile + i * K);
    for (size_t i = 0; i < ROWS; i += 2) {
        s[i] = _mm512_unpacklo_epi32(r[i], r[i + 1]);
        s[i + 1] = _mm512_unpackhi_epi32(r[i], r[i + 1]);
    }
    for (size_t i = 0; i < ROWS; i += 4) {
        r[i] = _mm512_unpacklo_epi64(s[i], s[i + 2]);
        r[i + 1] = _mm512_unpackhi_epi64(s[i], s[i + 2]);
        r[i + 2] = _mm512_unpacklo_epi64(s[i + 1], s[i + 3]);
        r[i + 3] = _mm512_unpackhi_epi64(s[i + 1], s[i + 3]);
    }
    /* r[4 q + j] holds, in lane l, column 4 l + j of rows 4 q to 4 q + 3. */
    for (size_t j = 0; j < 4; j++) {
        s[j] = _mm512_shuffle_i32x4(r[j], r[4 + j], 0x88);
        s[4 + j] = _mm512_shuffle_i32x4(r[j], r[4 + j], 0xdd);
        s[8 + j] = _mm512_shuffle_i32x4(r[8 + j], r[12 + j], 0x88);
        s[12 + j] = _mm512_shuffle_i32x4(r[8 + j], r[12 + j], 0xdd);
    }
    for (size_t j = 0; j < 4; j++) {
        r[j] = _mm512_shuffle_i32x4(s[j], s[8 + j], 0x88);
        r[8 + j] = _mm512_shuffle_i32x4(s[j], s[8 + j], 0xdd);
        r[4 + j] = _mm512_shuffle_i32x4(s[4 + j], s[12 + j], 0x88);
        r[12 + j] = _mm512_shuffle_i32x4(s[4 + j], s[12 + j], 0xdd);
    }
    for (size_t i = 0; i < ROWS; i++)
        _mm512_storeu_si512(tile + i * K, r[i]);
}

static void flip(size_t n, uint16_t *tiles)
{
    for (size_t t = 0; t < n; t++)
        flip_tile(tiles + t * PINNA_TILE);
}

/* One tile of C, through a copy where it is not whole. */
struct sums {
    float *at;
    size_t stride; /* in bytes */
    float copy[ROWS][ROWS];
};

static void open_sums(float *c, size_t ldc, size_t m, size_t n,
                      struct sums *sums)
{
    if (m >= ROWS && n >= ROWS) {
        sums->at = c;
        sums->stride = ldc * sizeof *c;
        return;
    }
    sums->at = sums->copy[0];
    sums->stride = ROW_BYTES;
    for (size_t i = 0; i < ROWS; i++)
        _mm512_storeu_ps(sums->copy[i], i < m ? _mm512_maskz_loadu_ps(
                                                    first_lanes(n), c + i * ldc)
                                              : _mm512_setzero_ps());
}

static void close_sums(const struct sums *sums, float *c, size_t ldc, size_t m,
                       size_t n)
{
    if (sums->at == c)
        return;
    for (size_t i = 0; i < ROWS && i < m; i++)
        _mm512_mask_storeu_ps(c + i * ldc, first_lanes(n),
                              _mm512_loadu_ps(sums->copy[i]));
}

/* Four tiles of C: those of two panels of A and two of B, or of one of A and
 * four of B. That many sums keep the unit busy while each waits for its own. */
static void multiply_2x2(size_t n_tiles, const uint16_t *a, size_t a_stride,
                         const uint16_t *b, size_t b_stride,
                         struct sums sums[4])
{
    const uint16_t *a1 = a + a_stride * PINNA_TILE;
    const uint16_t *b1 = b + b_stride * PINNA_TILE;

    _tile_loadd(0, sums[0].at, sums[0].stride);
    _tile_loadd(1, sums[1].at, sums[1].stride);
    _tile_loadd(2, sums[2].at, sums[2].stride);
    _tile_loadd(3, sums[3].at, sums[3].stride);
    for (size_t t = 0; t < n_tiles * PINNA_TILE; t += PINNA_TILE) {
        _tile_loadd(4, a + t, ROW_BYTES);
        _tile_loadd(6, b + t, ROW_BYTES);
        _tile_dpbf16ps(0, 4, 6);
        _tile_loadd(7, b1 + t, ROW_BYTES);
        _tile_dpbf16ps(1, 4, 7);
        _tile_loadd(5, a1 + t, ROW_BYTES);
        _tile_dpbf16ps(2, 5, 6);
        _tile_dpbf16ps(3, 5, 7);
    }
    _tile_stored(0, sums[0].at, sums[0].stride);
    _tile_stored(1, sums[1].at, sums[1].stride);
    _tile_stored(2, sums[2].at, sums[2].stride);
    _tile_stored(3, sums[3].at, sums[3].stride);
}

static void multiply_1x4(size_t n_tiles, const uint16_t *a, const uint16_t *b,
                         size_t b_stride, struct sums sums[4])
{
    const size_t panel = b_stride * PINNA_TILE;

    _tile_loadd(0, sums[0].at, sums[0].stride);
    _tile_loadd(1, sums[1].at, sums[1].stride);
    _tile_loadd(2, sums[2].at, sums[2].stride);
    _tile_loadd(3, sums[3].at, sums[3].stride);
    for (size_t t = 0; t < n_tiles * PINNA_TILE; t += PINNA_TILE) {
        _tile_loadd(4, a + t, ROW_BYTES);
        _tile_loadd(6, b + t, ROW_BYTES);
        _tile_dpbf16ps(0, 4, 6);
        _tile_loadd(7, b + panel + t, ROW_BYTES);
        _tile_dpbf16ps(1, 4, 7);
        _tile_loadd(6, b + 2 * panel + t, ROW_BYTES);
        _tile_dpbf16ps(2, 4, 6);
        _tile_loadd(7, b + 3 * panel + t, ROW_BYTES);
        _tile_dpbf16ps(3, 4, 7);
    }
    _tile_stored(0, sums[0].at, sums[0].stride);
    _tile_stored(1, sums[1].at, sums[1].stride);
    _tile_stored(2, sums[2].at, sums[2].stride);
    _tile_stored(3, sums[3].at, sums[3].stride);
}

static void multiply_1x1(size_t n_tiles, const uint16_t *a, const uint16_t *b,
                         struct sums *sums)
{
    _tile_loadd(0, sums->at, sums->stride);
    for (size_t t = 0; t < n_tiles * PINNA_TILE; t += PINNA_TILE) {
        _tile_loadd(4, a + t, ROW_BYTES);
        _tile_loadd(6, b + t, ROW_BYTES);
        _tile_dpbf16ps(0, 4, 6);
    }
    _tile_stored(0, sums->at, sums->stride);
}

/* n_rows by n_cols tiles of C from row and col on, of which C [m, n] may hold
 * a part. */
static void multiply_block(size_t n_rows, size_t n_cols, size_t row, size_t col,
                           size_t m, size_t n, size_t n_tiles,
                           const uint16_t *a, size_t a_stride,
                           const uint16_t *b, size_t b_stride, float *c,
                           size_t ldc)
{
    struct sums sums[4];

    a += row / ROWS * a_stride * PINNA_TILE;
    b += col / ROWS * b_stride * PINNA_TILE;
    for (size_t i = 0; i < n_rows * n_cols; i++) {
        const size_t r = row + i / n_cols * ROWS, s = col + i % n_cols * ROWS;
        open_sums(c + r * ldc + s, ldc, m - r, n - s, &sums[i]);
    }
    if (n_rows == 2)
        multiply_2x2(n_tiles, a, a_stride, b, b_stride, sums);
    else if (n_cols == 4)
        multiply_1x4(n_tiles, a, b, b_stride, sums);
    else
        multiply_1x1(n_tiles, a, b, sums);
    for (size_t i = 0; i < n_rows * n_cols; i++) {
        const size_t r = row + i / n_cols * ROWS, s = col + i % n_cols * ROWS;
        close_sums(&sums[i], c + r * ldc + s, ldc, m - r, n - s);
    }
}

static void multiply(size_t m, size_t n, size_t n_tiles, const uint16_t *a,
                     size_t a_stride, const uint16_t *b, size_t b_stride,
                     float *c, size_t ldc)
{
    struct tile_config config = {.palette = 1};
    for (size_t i = 0; i < N_REGISTERS; i++) {
        config.row_bytes[i] = ROW_BYTES;
        config.n_rows[i] = ROWS;
    }
    _tile_loadconfig(&config);
    for (size_t row = 0; row < m;) {
        const size_t n_rows = m - row > ROWS ? 2 : 1;
        for (size_t col = 0; col < n;) {
            const size_t left = (n - col + ROWS - 1) / ROWS;
            const size_t whole = n_rows == 2 ? 2 : 4;
            const bool fits = left >= whole;
            for (size_t r = 0; r < (fits ? 1 : n_rows); r++)
                multiply_block(fits ? n_rows : 1, fits ? whole : 1,
                               row + r * ROWS, col, m, n, n_tiles, a, a_stride,
                               b, b_stride, c, ldc);
            col += (fits ? whole : 1) * ROWS;
        }
        row += n_rows * ROWS;
    }
    _tile_release();
}

static const pinna_bf16_kernels kernels = {
    .name = "amx",
    .pack_rows = pack_rows,
    .pack_pairs = pack_pairs,
    .flip = flip,
    .multiply = multiply,
};

static bool usable;

/* The processor has the instructions, and the system, asked once for the whole
 * process, keeps the tiles of its threads (Linux 5.16 and later). */
static void ask(void)
{
    enum { AMX_BF16 = 1 << 22, AMX_TILE = 1 << 24, AVX512_BF16 = 1 << 5 };
    enum { ARCH_REQ_XCOMP_PERM = 0x1023, XFEATURE_TILE_DATA = 18 };
    unsigned a, b, c, d;

    if (!__builtin_cpu_supports("avx512bw") ||
        !__get_cpuid_count(7, 0, &a, &b, &c, &d) || !(d & AMX_BF16) ||
        !(d & AMX_TILE))
        return;
    if (!__get_cpuid_count(7, 1, &a, &b, &c, &d) || !(a & AVX512_BF16))
        return;
    usable =
        syscall(SYS_arch_prctl, ARCH_REQ_XCOMP_PERM, XFEATURE_TILE_DATA) == 0;
}

const pinna_bf16_kernels *pinna_bf16_kernels_amx(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, ask);
    return usable ? &kernels : NULL;
}

#else

const pinna_bf16_kernels *pinna_bf16_kernels_amx(void)
{
    return NULL;
}

#endif
