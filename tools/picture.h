/* tools/picture.h -- a picture in memory: pixels, rectangles, small text */
#ifndef PINNA_TOOLS_PICTURE_H
#define PINNA_TOOLS_PICTURE_H

#include "dsp/status.h"

#include <stddef.h>
#include <stdint.h>

#define PINNA_GLYPH_WIDTH  6 /* pixels from letter to letter */
#define PINNA_GLYPH_HEIGHT 7

typedef struct pinna_colour {
    uint8_t red, green, blue;
} pinna_colour;

typedef struct pinna_picture {
    size_t width, height;
    pinna_colour *pixels; /* [height, width], the top row first */
} pinna_picture;

/* Filled with one colour. pinna_picture_free() gives it back. */
pinna_status pinna_picture_new(size_t width, size_t height, pinna_colour colour,
                               pinna_picture *picture);
void pinna_picture_free(pinna_picture *picture);

/* What lies outside the picture is left out. */
void pinna_picture_fill(pinna_picture *picture, size_t x, size_t y,
                        size_t width, size_t height, pinna_colour colour);

/* ASCII letters, digits and a few signs; others show as a box. x, y is the
 * upper left corner. */
void pinna_picture_text(pinna_picture *picture, size_t x, size_t y,
                        const char *text, pinna_colour colour);

#endif
