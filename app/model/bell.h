#ifndef HOB_MODEL_BELL_H
#define HOB_MODEL_BELL_H

struct redis;

/* The doorbell of hob-jobs: a channel of Redis on which somebody says that there is something to do. */
#define BELL_CHANNEL "hob:jobs"
/* What the database says (hob.say) when a transaction has added a job that is due. */
#define BELL_WORD "jobs"

/* Rings on all hosts. Nobody has to hear it: runners look by themselves every jobs.poll. */
void bell_ring(struct redis *r);

#endif
