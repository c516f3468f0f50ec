#include "tools/png_file.h"

#include "tools/output_file.h"

#include <png.h>

#include <setjmp.h>
#include <stdbool.h>
#include <stdlib.h>

_Static_assert(sizeof(pinna_colour) == 3, "a pixel is three bytes");

enum { MAX_COLOURS = 256 };

/* The picture as numbers of colours; not used when there are too many. */
struct indexed {
    png_color palette[MAX_COLOURS];
    size_t n_colours; /* 0 when there are too many */
    uint8_t *pixels;  /* [height, width] */
};

/* libpng prints what goes wrong unless told otherwise. */
static void on_error(png_structp png, png_const_charp text)
{
    (void)text;
    png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp text)
{
    (void)png;
    (void)text;
}

/* The number of a colour, new or known; MAX_COLOURS when there is no room. */
static size_t find_colour(struct indexed *indexed, pinna_colour colour)
{
    size_t i = 0;

    while (i < indexed->n_colours &&
           (indexed->palette[i].red != colour.red ||
            indexed->palette[i].green != colour.green ||
            indexed->palette[i].blue != colour.blue))
        i++;
    if (i == indexed->n_colours && i < MAX_COLOURS)
        indexed->palette[indexed->n_colours++] =
            (png_color){colour.red, colour.green, colour.blue};
    return i;
}

static void count_colours(const pinna_picture *picture, struct indexed *indexed)
{
    for (size_t i = 0; i < picture->width * picture->height; i++) {
        const size_t number = find_colour(indexed, picture->pixels[i]);
        if (number == MAX_COLOURS) {
            indexed->n_colours = 0;
            return;
        }
        indexed->pixels[i] = (uint8_t)number;
    }
}

static bool write_rows(png_structp png, png_infop info,
                       const pinna_picture *picture,
                       const struct indexed *indexed, FILE *file)
{
    const bool palette = indexed->n_colours > 0;

    if (setjmp(png_jmpbuf(png)))
        return false;
    png_init_io(png, file);
    png_set_IHDR(png, info, (png_uint_32)picture->width,
                 (png_uint_32)picture->height, 8,
                 palette ? PNG_COLOR_TYPE_PALETTE : PNG_COLOR_TYPE_RGB,
                 PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
                 PNG_FILTER_TYPE_DEFAULT);
    if (palette)
        png_set_PLTE(png, info, indexed->palette, (int)indexed->n_colours);
    png_write_info(png, info);
    for (size_t y = 0; y < picture->height; y++) {
        const size_t first = y * picture->width;
        png_write_row(png, palette
                               ? (png_const_bytep)indexed->pixels + first
                               : (png_const_bytep)(picture->pixels + first));
    }
    png_write_end(png, info);
    return true;
}

/* Gives false also when memory is missing. */
static bool write_picture(const pinna_picture *picture, FILE *file)
{
    struct indexed *indexed = calloc(1, sizeof *indexed);
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL,
                                              on_error, on_warning);
    png_infop info = png ? png_create_info_struct(png) : NULL;
    bool written = false;

    if (indexed)
        indexed->pixels = malloc(picture->width * picture->height);
    if (info && indexed && indexed->pixels) {
        count_colours(picture, indexed);
        written = write_rows(png, info, picture, indexed, file);
    }
    if (indexed)
        free(indexed->pixels);
    free(indexed);
    png_destroy_write_struct(&png, &info);
    return written;
}

pinna_status pinna_png_write_stream(FILE *file, const pinna_picture *picture)
{
    return write_picture(picture, file) ? PINNA_OK : PINNA_IO;
}

pinna_status pinna_png_write(const char *path, const pinna_picture *picture,
                             pinna_error *error)
{
    pinna_output_file output;
    pinna_status status = pinna_output_file_open(path, &output, error);
    if (status)
        return status;

    if (!write_picture(picture, output.stream))
        status = pinna_fail(error, PINNA_IO,
                            "%s: the picture cannot be written", path);
    return pinna_output_file_end(&output, status, error);
}
