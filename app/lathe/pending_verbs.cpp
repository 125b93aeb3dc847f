// weak fallbacks while verbs are written; removed before release
#include "app/lathe/verbs.h"
namespace lathe::cli {
#define W(name) __attribute__((weak)) void name(CLI::App&) {}
W(addTokenizeVerbs) W(addTemplateVerb) W(addDataVerb) W(addPlanVerb) W(addDoctorVerb) W(addRunsVerb) W(addChatVerb) W(addEngineVerbs)
}
