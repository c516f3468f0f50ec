#include "tools/npy.h"

#include "tools/output_file.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Room for any shape, so that the number of rows can be filled in at the
 * end. */
enum { HEADER_SIZE = 128, PREFIX_SIZE = 10, MAX_DICTIONARY = 65536 };

static const unsigned char magic[6] = {0x93, 'N', 'U', 'M', 'P', 'Y'};

struct pinna_npy_writer {
    pinna_output_file output;
    size_t n_rows, n_columns;
};

static bool is_big_endian(void)
{
    const uint16_t one = 1;
    unsigned char first;

    memcpy(&first, &one, 1);
    return first == 0;
}

static void write_header(const pinna_npy_writer *writer)
{
    char header[HEADER_SIZE + 1];

    memset(header, ' ', sizeof header);
    memcpy(header, magic, sizeof magic);
    header[6] = 1; /* version 1.0 */
    header[7] = 0;
    header[8] = HEADER_SIZE - PREFIX_SIZE; /* little-endian, two bytes */
    header[9] = 0;
    const int n = snprintf(
        header + PREFIX_SIZE, HEADER_SIZE - PREFIX_SIZE,
        "{'descr': '%cf4', 'fortran_order': False, 'shape': (%zu, %zu), }",
        is_big_endian() ? '>' : '<', writer->n_rows, writer->n_columns);
    header[PREFIX_SIZE + n] = ' ';
    header[HEADER_SIZE - 1] = '\n';
    fwrite(header, 1, HEADER_SIZE, writer->output.stream);
}

pinna_status pinna_npy_writer_open(const char *path, size_t n_columns,
                                   pinna_npy_writer **out, pinna_error *error)
{
    *out = NULL;
    pinna_npy_writer *writer = calloc(1, sizeof *writer);
    if (!writer)
        return pinna_fail(error, PINNA_NO_MEMORY, "%s: out of memory", path);
    writer->n_columns = n_columns;
    const pinna_status status =
        pinna_output_file_open(path, &writer->output, error);
    if (status) {
        free(writer);
        return status;
    }
    write_header(writer);
    *out = writer;
    return PINNA_OK;
}

void pinna_npy_writer_write(pinna_npy_writer *writer, const float *rows,
                            size_t n)
{
    fwrite(rows, sizeof *rows, n * writer->n_columns, writer->output.stream);
    writer->n_rows += n;
}

pinna_status pinna_npy_writer_commit(pinna_npy_writer *writer,
                                     pinna_error *error)
{
    if (fseek(writer->output.stream, 0, SEEK_SET) == 0)
        write_header(writer);
    const pinna_status status =
        pinna_output_file_commit(&writer->output, error);
    free(writer);
    return status;
}

void pinna_npy_writer_abort(pinna_npy_writer *writer)
{
    if (!writer)
        return;
    pinna_output_file_abort(&writer->output);
    free(writer);
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

static pinna_status parse_header(FILE *file, const char *path,
                                 pinna_npy_info *info, pinna_error *error)
{
    unsigned char prefix[12];
    size_t size = 0;

    if (fread(prefix, 1, PREFIX_SIZE, file) != PREFIX_SIZE ||
        memcmp(prefix, magic, sizeof magic) != 0)
        return pinna_fail(error, PINNA_BAD_FORMAT, "%s: not a .npy file", path);
    size = (size_t)prefix[8] | (size_t)prefix[9] << 8;
    if (prefix[6] > 1) { /* versions 2 and 3 have a length of four bytes */
        if (fread(prefix + PREFIX_SIZE, 1, 2, file) != 2)
            size = MAX_DICTIONARY;
        else
            size |= (size_t)prefix[10] << 16 | (size_t)prefix[11] << 24;
    }
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

pinna_status pinna_npy_read_info(const char *path, pinna_npy_info *info,
                                 pinna_error *error)
{
    FILE *file = fopen(path, "rb");

    if (!file)
        return pinna_fail(error, errno == ENOENT ? PINNA_NOT_FOUND : PINNA_IO,
                          "%s: cannot be read: %s", path, strerror(errno));
    const pinna_status status = parse_header(file, path, info, error);
    fclose(file);
    return status;
}
