import type { SignInWords } from '../en/sign-in.ts';

export const ru: SignInWords = {
  key: 'Ключ API',
  keyHelp: 'Первый ключ лежит в файле ключа в папке данных сервера. Он забывается вместе с этой вкладкой.',
  unknownKey: 'Этот ключ здесь неизвестен: он удалён, истёк или от другого сервера.',
  enter: 'Войти',
};
