/* rnn/safetensors.h -- reads and writes the safetensors format, strictly
 *
 * 8 bytes little-endian header length N, N bytes of JSON, then the data. The
 * reader checks everything before it gives a tensor out: header length, JSON,
 * no key twice, dtypes, shapes, offsets without overlap or gap and in order of
 * the data, finite values. A damaged file gives one line that names the file
 * and the field, never a crash. */
#ifndef PINNA_RNN_SAFETENSORS_H
#define PINNA_RNN_SAFETENSORS_H

#include "dsp/status.h"

#include <stdbool.h>
#include <stddef.h>

#define PINNA_TENSOR_MAX_DIMS 4

typedef enum pinna_dtype {
    PINNA_F32,
    PINNA_I32,
    PINNA_I8,
} pinna_dtype;

typedef struct pinna_tensor {
    const char *name;
    pinna_dtype dtype;
    size_t n_dims; /* 0 for a scalar */
    size_t shape[PINNA_TENSOR_MAX_DIMS];
    size_t n;         /* elements */
    const void *data; /* [n] float, int32_t or int8_t, aligned to 8 bytes or
                         more */
} pinna_tensor;

typedef struct pinna_safetensors pinna_safetensors;

/* name stands for the file in error lines. bytes are copied. */
pinna_status pinna_safetensors_parse(const void *bytes, size_t n_bytes,
                                     const char *name, pinna_safetensors **out,
                                     pinna_error *error);
/* A file of more than 2 GiB is refused. */
pinna_status pinna_safetensors_read(const char *path, pinna_safetensors **out,
                                    pinna_error *error);
void pinna_safetensors_free(pinna_safetensors *file);

size_t pinna_safetensors_count(const pinna_safetensors *file);
const pinna_tensor *pinna_safetensors_at(const pinna_safetensors *file,
                                         size_t index);
/* NULL when there is no tensor or metadata of that name. */
const pinna_tensor *pinna_safetensors_find(const pinna_safetensors *file,
                                           const char *name);
const char *pinna_safetensors_metadata(const pinna_safetensors *file,
                                       const char *key);
/* The name given to parse or read. */
const char *pinna_safetensors_name(const pinna_safetensors *file);

/* Write under a temporary name in the same folder, sync, rename. Metadata are
 * pairs of strings {key, value, key, value, ...}, n_metadata pairs. The header
 * is padded with spaces so that the data start on a multiple of 64 bytes. */
pinna_status pinna_safetensors_write(const char *path,
                                     const pinna_tensor *tensors,
                                     size_t n_tensors,
                                     const char *const *metadata,
                                     size_t n_metadata, pinna_error *error);

#endif
