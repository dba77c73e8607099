/**
 * What one device computes on: its compute thread with the team that helps it, its native memory, and the native
 * libraries. Uses no other package of this backend.
 */
package dev.tandem.backend.cpu.device;
