export function NewMonitorPage() {
  return null;
}
