/* tests/reference.h -- reads .safetensors files of reference numbers
 *
 *     const char *path = support_reference("dsp/fft_dct.safetensors");
 *     if (!path)
 *         skip();
 *     reference *file = reference_open(path);
 *     const float *x = reference_floats(file, "rfft_8.x", 8);
 *     ...
 *     reference_close(file);
 *
 * A file that is malformed, or lacks what a test asks for, fails the test with
 * a message. The tensors live until the file is closed. */
#ifndef PINNA_TESTS_REFERENCE_H
#define PINNA_TESTS_REFERENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { REFERENCE_MAX_DIMS = 4 };

/* One of the four pointers is set, row-major [n]; the others are NULL. */
typedef struct reference_tensor {
    const char *name;
    size_t n_dims;
    size_t shape[REFERENCE_MAX_DIMS]; /* 1 beyond n_dims */
    size_t n;
    const float *f32;
    const double *f64;
    const int32_t *i32;
    const int16_t *i16;
} reference_tensor;

typedef struct reference reference;

reference *reference_open(const char *path);
void reference_close(reference *file);

/* NULL when there is none of that name. */
const reference_tensor *reference_find(const reference *file, const char *name);

size_t reference_n_tensors(const reference *file);
const reference_tensor *reference_at(const reference *file, size_t index);

/* The elements of a tensor that must exist with exactly n of them; n = 0
 * takes any number. */
const float *reference_floats(const reference *file, const char *name,
                              size_t n);
const int32_t *reference_ints(const reference *file, const char *name,
                              size_t n);

/* A string of __metadata__, or NULL. */
const char *reference_metadata(const reference *file, const char *key);

/* Where the string under `key` is itself a JSON object: is `field` in it, its
 * value as a number (true counts as 1), or as text; fallback when absent. */
bool reference_has(const reference *file, const char *key, const char *field);
double reference_number(const reference *file, const char *key,
                        const char *field, double fallback);
const char *reference_text(const reference *file, const char *key,
                           const char *field, const char *fallback);

#endif
