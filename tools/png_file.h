/* tools/png_file.h -- a picture to a PNG file, the one door to libpng */
#ifndef PINNA_TOOLS_PNG_FILE_H
#define PINNA_TOOLS_PNG_FILE_H

#include "dsp/status.h"
#include "tools/picture.h"

#include <stdio.h>

/* With a palette when there are no more than 256 colours, else 8-bit RGB. The
 * file appears whole or not at all. */
pinna_status pinna_png_write(const char *path, const pinna_picture *picture,
                             pinna_error *error);

/* The same into a stream. PINNA_IO when that fails, or without memory. */
pinna_status pinna_png_write_stream(FILE *file, const pinna_picture *picture);

#endif
