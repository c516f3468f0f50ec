/* plugins/no_stdin.c -- lets Debian's libjansson.a be part of a plugin
 *
 * That archive is compiled for programs, where variables of the C library such
 * as stdin lie at addresses that the linker knows; in a plugin they do not. The
 * only one it needs is stdin, which json_loadf() compares its file with, and a
 * plugin reads no JSON from files: the linker puts this in its place (--wrap).
 */
#include <stdio.h>

extern FILE *__wrap_stdin;

FILE *__wrap_stdin;
