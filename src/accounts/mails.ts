import { texts } from '../core/language/catalogue.ts';
import type { Language } from '../core/language/language.ts';
import type { MailTexts } from '../core/language/texts.ts';

/** What sends mails; alerts/mailer.ts is one. */
export interface MailSender {
  send(mail: {
    readonly to: string;
    readonly subject: string;
    readonly text: string;
    readonly html: string;
  }): Promise<boolean>;
}

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escaped = (text: string) => text.replace(/[&<>"]/g, (character) => ESCAPES[character] ?? '');

export type MailKind = Exclude<keyof ReturnType<typeof texts>['mail'], 'invitation'>;

function textOf({ sentence, button, unasked }: MailTexts, url: string): string {
  return `${sentence}\n\n${button}: ${url}\n\n${unasked}\n`;
}

function htmlOf({ title, sentence, button, unasked }: MailTexts, url: string, language: Language): string {
  const paragraph = (content: string, style = '') => `<p style="margin:0 0 16px;${style}">${content}</p>`;
  return `<!doctype html>
<html lang="${language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark"><title>${escaped(title)}</title></head>
<body style="margin:0;padding:24px;font-family:Inter,-apple-system,'Segoe UI',Roboto,Arial,sans-serif;font-size:14px;line-height:1.45">
<div style="max-width:560px;margin:0 auto">
<h1 style="font-size:20px;margin:0 0 16px">${escaped(title)}</h1>
${paragraph(escaped(sentence))}
${paragraph(`<a href="${escaped(url)}" style="color:#2F5D8A;font-size:16px">${escaped(button)}</a>`)}
${paragraph(escaped(unasked), 'font-size:12px;opacity:0.7')}
</div></body></html>
`;
}

/** Sends one mail with one link; false when it was not taken. */
export function sendAccountMail(
  sender: MailSender,
  to: string,
  words: MailTexts,
  url: string,
  language: Language,
): Promise<boolean> {
  return sender.send({ to, subject: words.title, text: textOf(words, url), html: htmlOf(words, url, language) });
}

/** The words of a mail that is about nobody but its reader. */
export function mailTexts(kind: MailKind, language: Language): MailTexts {
  return texts(language).mail[kind];
}

export function invitationTexts(team: string, by: string, language: Language): MailTexts {
  return texts(language).mail.invitation(team, by);
}
