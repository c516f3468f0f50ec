/* datasets/quiet.h -- keep a library from writing to stderr
 *
 * mpg123, which libsndfile uses for MP3, warns of damaged files on stderr and
 * libsndfile leaves no way to switch that off. Between begin and end the
 * descriptor leads to /dev/null for the whole process, one thread at a time:
 * hold it for one call of the library only. */
#ifndef PINNA_DATASETS_QUIET_H
#define PINNA_DATASETS_QUIET_H

/* Gives what end() needs; a failure leaves stderr as it is. */
int pinna_quiet_begin(void);
void pinna_quiet_end(int kept);

/* For what has something to say on stderr while other threads read: between
 * these two no thread is quiet. */
void pinna_loud_begin(void);
void pinna_loud_end(void);

#endif
