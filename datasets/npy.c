#include "datasets/npy.h"

#include "datasets/byte_order.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Room for any shape, so that the number of rows can be filled in at the
 * end. */
enum { HEADER_SIZE = 128, PREFIX_SIZE = 10, MAX_DICTIONARY = 65536 };

static const unsigned char magic[6] = {0x93, 'N', 'U', 'M', 'P', 'Y'};

static bool is_big_endian(void)
{
    const uint16_t one = 1;
    unsigned char first;

    memcpy(&first, &one, 1);
    return first == 0;
}

void pinna_npy_write_header(FILE *file, size_t n_rows, size_t n_columns)
{
    char header[HEADER_SIZE];

    memset(header, ' ', sizeof header);
    memcpy(header, magic, sizeof magic);
    header[6] = 1; /* version 1.0 */
    header[7] = 0;
    header[8] = HEADER_SIZE - PREFIX_SIZE; /* little-endian, two bytes */
    header[9] = 0;
    const int n = snprintf(
        header + PREFIX_SIZE, HEADER_SIZE - PREFIX_SIZE,
        "{'descr': '%cf4', 'fortran_order': False, 'shape': (%zu, %zu), }",
        is_big_endian() ? '>' : '<', n_rows, n_columns);
    header[PREFIX_SIZE + n] = ' ';
    header[HEADER_SIZE - 1] = '\n';
    fwrite(header, 1, HEADER_SIZE, file);
}

void pinna_npy_write(FILE *file, const pinna_matrix *matrix)
{
    pinna_npy_write_header(file, matrix->n_rows, matrix->n_columns);
    fwrite(matrix->values, sizeof(float), matrix->n_rows * matrix->n_columns,
           file);
}

/* The text after 'key': in the dictionary, or NULL. */
static const char *find_value(const char *dictionary, const char *key)
{
    const char *at = strstr(dictionary, key);

    if (!at)
        return NULL;
    at += strlen(key);
    return at + strspn(at, " :");
}

static bool parse_dictionary(const char *dictionary, pinna_npy_info *info)
{
    const char *descr = find_value(dictionary, "'descr'");
    const char *order = find_value(dictionary, "'fortran_order'");
    const char *shape = find_value(dictionary, "'shape'");
    if (!descr || !order || !shape || *shape != '(')
        return false;

    *info = (pinna_npy_info){.fortran_order = strncmp(order, "True", 4) == 0};
    if (!info->fortran_order && strncmp(order, "False", 5) != 0)
        return false;
    if (*descr == '\'') {
        const size_t n = strcspn(descr + 1, "'");
        if (n >= sizeof info->dtype)
            return false;
        memcpy(info->dtype, descr + 1, n);
    } else { /* a list of fields */
        snprintf(info->dtype, sizeof info->dtype, "record");
    }
    for (shape += 1 + strspn(shape + 1, " "); *shape != ')';
         shape += strspn(shape, " ,")) {
        char *end;
        errno = 0;
        const unsigned long long size = strtoull(shape, &end, 10);
        if (end == shape || *shape == '-' || errno ||
            info->n_dims == PINNA_NPY_MAX_DIMS)
            return false;
        info->shape[info->n_dims++] = (size_t)size;
        shape = end;
    }
    return true;
}

pinna_status pinna_npy_read_header(FILE *file, const char *path,
                                   pinna_npy_info *info, pinna_error *error)
{
    unsigned char prefix[12];

    if (fread(prefix, 1, PREFIX_SIZE, file) != PREFIX_SIZE ||
        memcmp(prefix, magic, sizeof magic) != 0)
        return pinna_fail(error, PINNA_BAD_FORMAT, "%s: not a .npy file", path);
    if (prefix[6] < 1 || prefix[6] > 3)
        return pinna_fail(error, PINNA_UNSUPPORTED,
                          "%s: version %u of .npy is not known", path,
                          (unsigned)prefix[6]);
    size_t size = pinna_u16_le(prefix + 8);
    if (prefix[6] > 1) /* versions 2 and 3 have a length of four bytes */
        size = fread(prefix + PREFIX_SIZE, 1, 2, file) == 2
                   ? pinna_u32_le(prefix + 8)
                   : MAX_DICTIONARY;
    char *dictionary = size < MAX_DICTIONARY ? calloc(1, size + 1) : NULL;
    const bool parsed = dictionary &&
                        fread(dictionary, 1, size, file) == size &&
                        parse_dictionary(dictionary, info);
    free(dictionary);
    if (!parsed)
        return pinna_fail(error, PINNA_BAD_FORMAT,
                          "%s: the header of the array is damaged", path);
    return PINNA_OK;
}

/* The size in bytes of a number of a type that is read, or 0. */
static size_t size_of(const char *dtype)
{
    if (!strchr("<>", dtype[0]) || dtype[1] != 'f' || dtype[3] != '\0')
        return 0;
    return dtype[2] == '4' ? 4 : dtype[2] == '8' ? 8 : 0;
}

static float value_of(const unsigned char *bytes, size_t size, bool big)
{
    if (size == 4)
        return big ? pinna_f32_be(bytes) : pinna_f32_le(bytes);
    return (float)(big ? pinna_f64_be(bytes) : pinna_f64_le(bytes));
}

static pinna_status read_values(FILE *file, const char *path,
                                const pinna_npy_info *info, size_t size,
                                pinna_matrix *m, pinna_error *error)
{
    const size_t n = m->n_rows * m->n_columns;
    const bool big = info->dtype[0] == '>';
    unsigned char bytes[8];

    for (size_t i = 0; i < n; i++) {
        const size_t at = info->fortran_order
                              ? i % m->n_rows * m->n_columns + i / m->n_rows
                              : i;
        if (fread(bytes, 1, size, file) != size)
            return pinna_fail(error, PINNA_BAD_FORMAT,
                              "%s: the file ends at value %zu of %zu", path, i,
                              n);
        m->values[at] = value_of(bytes, size, big);
    }
    return PINNA_OK;
}

pinna_status pinna_npy_read(FILE *file, const char *path, pinna_matrix *matrix,
                            pinna_error *error)
{
    pinna_npy_info info;

    pinna_status status = pinna_npy_read_header(file, path, &info, error);
    if (status)
        return status;
    const size_t size = size_of(info.dtype);
    if (size == 0)
        return pinna_fail(error, PINNA_UNSUPPORTED,
                          "%s: numbers of type %s, neither float32 nor float64",
                          path, info.dtype);
    if (info.n_dims != 1 && info.n_dims != 2)
        return pinna_fail(error, PINNA_UNSUPPORTED,
                          "%s: %zu dimensions, not one or two", path,
                          info.n_dims);
    const uint64_t n_rows =
        info.n_dims == 2 ? info.shape[0] : info.shape[0] > 0;
    const uint64_t n_columns = info.shape[info.n_dims - 1];
    if (n_columns <= PINNA_MATRIX_MAX_COLUMNS &&
        n_rows <= PINNA_MATRIX_MAX_VALUES &&
        !pinna_matrix_file_holds(file, n_rows * n_columns * size))
        return pinna_fail(error, PINNA_BAD_FORMAT,
                          "%s: the file ends before %llu x %llu values", path,
                          (unsigned long long)n_rows,
                          (unsigned long long)n_columns);
    status = pinna_matrix_allocate(matrix, path, n_rows, n_columns, error);
    if (!status)
        status = read_values(file, path, &info, size, matrix, error);
    if (status)
        pinna_matrix_free(matrix);
    return status;
}
