/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef TAPER_BASE_VERSION_H
#define TAPER_BASE_VERSION_H

#define OCI_VERSION "1.3.0"          /* of the runtime-spec that is implemented */

#endif
