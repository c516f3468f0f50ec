#include "dsp/status.h"

#include <stdarg.h>
#include <stdio.h>

const char *pinna_strerror(pinna_status status)
{
    switch (status) {
    case PINNA_OK:
        return "success";
    case PINNA_BAD_ARG:
        return "argument out of range";
    case PINNA_NO_MEMORY:
        return "out of memory";
    case PINNA_NOT_FOUND:
        return "not found";
    case PINNA_IO:
        return "input or output failed";
    case PINNA_BAD_FORMAT:
        return "malformed data";
    case PINNA_UNSUPPORTED:
        return "not supported";
    case PINNA_INTERRUPTED:
        return "interrupted";
    }
    return "unknown status";
}

pinna_status pinna_fail(pinna_error *error, pinna_status status,
                        const char *format, ...)
{
    if (error) {
        va_list args;
        va_start(args, format);
        vsnprintf(error->text, sizeof error->text, format, args);
        va_end(args);
    }
    return status;
}
